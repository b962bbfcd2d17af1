//! What keeps intake from working at all, as operators see it.

use posthouse_store::Error as StoreError;

/// Why intake cannot run. What single senders are told is [`crate::Refused`].
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder with the outbox cannot be opened or read. May be retried where the store's
    /// code says so.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// The outbox could not be written; what was answered before is on disk. Open intake anew.
    #[error("write the outbox: {0}")]
    Broken(String),
    /// A row of the outbox is none that this version wrote.
    #[error("read entry {sequence} of the outbox: {why}")]
    Unreadable {
        /// Its place in the outbox.
        sequence: u64,
        /// What is wrong with it.
        why: String,
    },
    /// A task of ours panicked.
    #[error("go on: {0}")]
    Panicked(String),
}

impl Error {
    /// The stable code; each has a page in `docs/errors`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(error) => error.code(),
            Self::Broken(_) => "INT0014",
            Self::Unreadable { .. } => "INT0015",
            Self::Panicked(_) => "INT0016",
        }
    }
}

/// What is logged when what the outbox held may be lost: its files were damaged and set aside.
pub(crate) const OUTBOX_LOST: &str = "INT0017";
/// What is logged when the bus refuses to take what the outbox holds.
pub(crate) const FORWARDING_REFUSED: &str = "INT0018";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use posthouse_domain::ticket::{FactKind, State};

    use super::*;
    use crate::refused::{Busy, Refused};

    fn every_refusal() -> Vec<Refused> {
        let text = || "x".to_owned();
        vec![
            Refused::Unreadable(text()),
            Refused::field("subject", "is empty"),
            Refused::MediaType(text()),
            Refused::TooLarge { bytes_max: 1 },
            Refused::UnknownTicket(text()),
            Refused::NotAllowed {
                ticket: text(),
                state: State::Closed,
                asked: FactKind::Assigned,
            },
            Refused::KeyReused,
            Refused::InFlight,
            Refused::Busy(Busy::OutboxFull),
            Refused::NotReady(text()),
            Refused::NotKept(text()),
            Refused::CutOff,
            Refused::Poison { attempts: 6 },
        ]
    }

    fn every_error() -> Vec<Error> {
        let text = || "x".to_owned();
        vec![
            Error::Broken(text()),
            Error::Unreadable {
                sequence: 1,
                why: text(),
            },
            Error::Panicked(text()),
        ]
    }

    #[test]
    fn codes_and_pages_pair_up() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors");
        let pages: BTreeSet<String> = std::fs::read_dir(&dir)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter_map(|name| Some(name.strip_suffix(".md")?.to_owned()))
            .filter(|name| name.starts_with("INT"))
            .collect();
        let refusals = every_refusal().into_iter().map(|refused| refused.code());
        let errors = every_error().into_iter().map(|error| error.code());
        let logged = [OUTBOX_LOST, FORWARDING_REFUSED].into_iter();
        let codes: BTreeSet<String> = refusals
            .chain(errors)
            .chain(logged)
            .map(str::to_owned)
            .collect();
        assert_eq!(pages, codes);
        for code in codes {
            let page = std::fs::read_to_string(dir.join(format!("{code}.md"))).unwrap();
            assert!(page.starts_with(&format!("# {code}: ")), "{code}");
            assert!(page.contains("\n## What to do\n"), "{code}");
        }
    }

    #[test]
    fn messages_follow_failed_to() {
        let refusals = every_refusal()
            .into_iter()
            .map(|refused| refused.to_string());
        let errors = every_error().into_iter().map(|error| error.to_string());
        for message in refusals.chain(errors) {
            assert!(
                message.starts_with(|c: char| c.is_ascii_lowercase()),
                "{message}"
            );
            assert!(!message.ends_with('.'), "{message}");
        }
    }
}
