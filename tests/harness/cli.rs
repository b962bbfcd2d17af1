//! The operator's hand: one command, run to its end.

use serde_json::Value;

use crate::Process;
use crate::limits::COMMAND_WITHIN;

/// How a command ended, and what it said.
#[derive(Clone, Debug)]
pub struct Said {
    /// The exit code.
    pub code: i32,
    /// What it wrote to standard output: data.
    pub stdout: String,
    /// What it wrote to standard error: everything else.
    pub stderr: String,
}

/// Runs `posthouse` with these arguments.
///
/// # Panics
///
/// When it does not end, ends by a signal, or panics.
pub async fn run(arguments: &[&str]) -> Said {
    let mut process = Process::start(&arguments.join(" "), arguments, &[]);
    let status = process.ended(COMMAND_WITHIN).await;
    // The pipes may have a little more to give than the process had time to see read.
    process.read_to_end().await;
    process.assert_no_panic();
    Said {
        code: status.code().expect("a command ends by itself"),
        stdout: process.stdout(),
        stderr: process.stderr(),
    }
}

impl Said {
    /// The command did what was asked.
    ///
    /// # Panics
    ///
    /// If it did not, with all that it said.
    pub fn done(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    /// The command ended with this code and said this on standard error.
    ///
    /// # Panics
    ///
    /// If it did not, with all that it said.
    pub fn refused(self, code: i32, words: &str) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        assert!(self.stderr.contains(words), "{self:?} lacks {words}");
        self
    }

    /// The objects on standard output, one per line.
    ///
    /// # Panics
    ///
    /// When a line is no JSON.
    pub fn objects(&self) -> Vec<Value> {
        let read = |line: &str| serde_json::from_str(line);
        let objects: Result<_, _> = self.stdout.lines().map(read).collect();
        objects.unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The last object on standard output: what scripts read.
    ///
    /// # Panics
    ///
    /// When there is none.
    pub fn last_object(&self) -> Value {
        self.objects()
            .pop()
            .unwrap_or_else(|| panic!("there is no output: {self:?}"))
    }
}
