//! Structured logs: lines for people or JSON for machines, on standard error only. Standard
//! output belongs to data.

use std::io::IsTerminal as _;

use tracing::Subscriber;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::{EnvFilter, Layer, Registry, layer::SubscriberExt as _};

use crate::config::{Log, LogFormat};

/// The environment variable that is stronger than the configured filter: for a quick look.
pub const FILTER_VARIABLE: &str = "RUST_LOG";

/// What keeps logs from starting.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The filter says nothing that can be understood.
    #[error("understand the log filter {filter:?}: {why}")]
    Filter {
        /// The filter.
        filter: String,
        /// What is wrong with it.
        why: String,
    },
}

impl Error {
    /// The stable code, with a page in `docs/errors`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Filter { .. } => "RUN0007",
        }
    }
}

/// Starts writing logs. Harmless when they are written already, by us or by a host program: the
/// first one stays.
///
/// # Errors
///
/// [`Error::Filter`] when the filter, from [`FILTER_VARIABLE`] or else from the settings, is not
/// one.
pub fn init(settings: &Log) -> Result<(), Error> {
    let quick = std::env::var(FILTER_VARIABLE)
        .ok()
        .filter(|filter| !filter.is_empty());
    let filter = filter(quick.as_deref().unwrap_or(&settings.filter))?;
    let asked_plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let colour = std::io::stderr().is_terminal() && !asked_plain;
    let subscriber = subscriber(filter, settings.format, colour, std::io::stderr);
    // An error says that there is a subscriber already; it stays.
    let _already = tracing::subscriber::set_global_default(subscriber);
    Ok(())
}

/// Whether a text is a filter.
pub(crate) fn is_filter(text: &str) -> bool {
    filter(text).is_ok()
}

fn filter(text: &str) -> Result<EnvFilter, Error> {
    let fault = |why: String| Error::Filter {
        filter: text.to_owned(),
        why,
    };
    if text.trim().is_empty() {
        return Err(fault("it is empty".to_owned()));
    }
    for part in text
        .split(',')
        .filter(|part| !part.contains(['=', '[', ']', ':', '_']))
    {
        // A lone word that is no level would be taken for a target, and everything else would
        // be silent: the usual outcome of a typing mistake.
        part.trim()
            .parse::<tracing_subscriber::filter::LevelFilter>()
            .map_err(|_| {
                fault(format!(
                    "`{part}` is no level; for a target write `{part}=info`"
                ))
            })?;
    }
    EnvFilter::try_new(text).map_err(|error| fault(error.to_string()))
}

fn subscriber<W>(
    filter: EnvFilter,
    format: LogFormat,
    colour: bool,
    writer: W,
) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(writer)
        .with_ansi(colour);
    let lines: Box<dyn Layer<_> + Send + Sync> = match format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines
            .json()
            .flatten_event(true)
            .with_span_list(false)
            .with_ansi(false)
            .boxed(),
    };
    Registry::default().with(filter).with(lines)
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::process::{Command, Stdio};
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn written(filter_text: &str, format: LogFormat, log: impl FnOnce()) -> String {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = subscriber(filter(filter_text).unwrap(), format, false, move || {
            writer.clone()
        });
        tracing::subscriber::with_default(subscriber, log);
        let bytes = lines.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn text_is_for_people() {
        let text = written("info", LogFormat::Text, || {
            tracing::info!(partition = 3, "took over");
            tracing::debug!("not shown");
        });
        assert_eq!(text.lines().count(), 1);
        assert!(
            text.contains("INFO") && text.contains("took over partition=3"),
            "{text}"
        );
        assert!(!text.contains('\u{1b}'), "{text}");
    }

    #[test]
    fn json_is_one_object_per_line() {
        let text = written("info", LogFormat::Json, || {
            tracing::warn!(partition = 3, "line\nbreak");
            tracing::info!("second");
        });
        let lines: Vec<serde_json::Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0]["level"], "WARN");
        assert_eq!(lines[0]["partition"], 3);
        assert_eq!(lines[0]["message"], "line\nbreak");
        assert!(lines[0]["timestamp"].is_string());
    }

    #[test]
    fn filters_are_checked() {
        for good in [
            "info",
            "warn,posthouse_runtime=debug",
            "off",
            "info,hyper=warn",
            "INFO",
        ] {
            assert!(is_filter(good), "{good}");
        }
        for bad in ["", "  ", "inof", "info,debg", "a=b=c", "posthouse_bus=loud"] {
            assert!(!is_filter(bad), "{bad}");
        }
        assert_eq!(filter("inof").unwrap_err().code(), "RUN0007");
    }

    /// Set for the process that the test below starts.
    const CHILD: &str = "RUNTIME_TEST_LOGS_CHILD";

    /// What the test below runs as a process of its own.
    #[test]
    #[ignore = "run by `standard_output_stays_clean`, which reads what it prints"]
    fn a_process_that_logs() {
        if std::env::var_os(CHILD).is_none() {
            return;
        }
        let settings = Log {
            filter: "info".to_owned(),
            format: LogFormat::Json,
        };
        init(&settings).unwrap();
        init(&Log::default()).unwrap();
        tracing::info!("from the child");
    }

    #[test]
    fn standard_output_stays_clean() {
        let child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--ignored",
                "--exact",
                "logs::tests::a_process_that_logs",
                "--nocapture",
            ])
            .env(CHILD, "yes")
            .env_remove(FILTER_VARIABLE)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(child.status.success());
        let (out, err) = (
            String::from_utf8_lossy(&child.stdout),
            String::from_utf8_lossy(&child.stderr),
        );
        assert!(out.contains("1 passed"), "{out}");
        assert!(!out.contains("from the child"), "{out}");
        let line = err
            .lines()
            .find(|line| line.contains("from the child"))
            .unwrap();
        assert!(line.starts_with('{'), "the first format stays: {line}");
    }
}
