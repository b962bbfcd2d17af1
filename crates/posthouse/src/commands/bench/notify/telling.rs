//! The notifier that is measured, and the wait until it has told enough; it is killed on the way
//! if that was asked for.

use std::time::{Duration, Instant};

use super::PATIENCE;
use super::listener::Listener;
use crate::commands::bench::owner::{Home, Owner};
use crate::exit::Error;
use crate::output::{Output, Progress};

/// How often it is looked whether enough arrived.
const LOOK: Duration = Duration::from_millis(20);

/// When the notifier was killed, and when the next one ran.
pub(super) struct Killed {
    pub(super) at: Instant,
    pub(super) runs: Instant,
}

/// The notifier.
pub(super) struct Telling<'a> {
    owner: Owner,
    home: &'a Home<'a>,
    killed: Option<Killed>,
    /// What those that were killed had taken of the processors, in seconds.
    cpu_seconds: Option<f64>,
}

impl<'a> Telling<'a> {
    pub(super) const fn new(owner: Owner, home: &'a Home<'a>) -> Self {
        Self {
            owner,
            home,
            killed: None,
            cpu_seconds: Some(0.0),
        }
    }

    /// Waits until so many have arrived, or nothing arrives any more.
    pub(super) async fn until(
        &mut self,
        listener: &Listener,
        all: u64,
        kill_at: Option<f64>,
        output: &Output,
    ) -> Result<(), Error> {
        let begun = listener.arrived();
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a fraction of a count"
        )]
        let kill_after = kill_at.map(|fraction| begun + ((all - begun) as f64 * fraction) as u64);
        let steps = usize::try_from(all - begun).unwrap_or(usize::MAX);
        let progress = Progress::new(steps, "told");
        let (mut seen, mut moved) = (begun, Instant::now());
        loop {
            let arrived = listener.arrived();
            if arrived > seen {
                (seen..arrived).for_each(|_| progress.step());
                (seen, moved) = (arrived, Instant::now());
            }
            if arrived >= all {
                break;
            }
            if moved.elapsed() > PATIENCE {
                output.note(format!("nothing arrived for {PATIENCE:?}: {arrived} came"));
                break;
            }
            let is_time = kill_after.is_some_and(|after| arrived >= after);
            if is_time && self.killed.is_none() {
                output.note("killing the notifier");
                self.kill().await?;
            }
            tokio::time::sleep(LOOK).await;
        }
        progress.finish();
        Ok(())
    }

    async fn kill(&mut self) -> Result<(), Error> {
        self.cpu_seconds = self.cpu_seconds();
        let at = Instant::now();
        self.owner.kill().await?;
        self.owner = Owner::start(self.home, "second").await?;
        let runs = Instant::now();
        self.killed = Some(Killed { at, runs });
        Ok(())
    }

    /// What it has taken of the processors, in seconds, where the system tells.
    pub(super) fn cpu_seconds(&self) -> Option<f64> {
        Some(self.cpu_seconds? + self.owner.cpu_seconds()?)
    }

    /// What it has in memory, in bytes, where the system tells.
    pub(super) fn memory_bytes(&self) -> Option<u64> {
        self.owner.memory_bytes()
    }

    /// Ends it; says whether it was killed on the way.
    pub(super) async fn end(mut self) -> Result<Option<Killed>, Error> {
        self.owner.kill().await?;
        Ok(self.killed)
    }
}
