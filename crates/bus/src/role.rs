//! Roles: who consumes the log.

use std::fmt;
use std::str::FromStr;

/// A consumer of the log, with a place in it of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Takes what comes from outside.
    Intake,
    /// Labels tickets.
    Classifier,
    /// Puts tickets in queues.
    Router,
    /// Watches deadlines.
    Watchdog,
    /// Decides who is told.
    Notifier,
    /// Tells them. Owned by receiver, not by ticket; runs beside the notifier.
    Courier,
    /// Looks across tickets for storms. Reads the whole region; runs beside the classifier.
    Lookout,
    /// Gives waiting tickets to agents. Reads the whole region; runs beside the router.
    Dispatcher,
    /// The read side.
    Desk,
}

impl Role {
    /// All roles, in the order of a ticket's way.
    pub const ALL: [Self; 9] = [
        Self::Intake,
        Self::Classifier,
        Self::Lookout,
        Self::Router,
        Self::Dispatcher,
        Self::Watchdog,
        Self::Notifier,
        Self::Courier,
        Self::Desk,
    ];

    /// The roles that own partitions of the log.
    pub const OWNERS: [Self; 4] = [
        Self::Classifier,
        Self::Router,
        Self::Watchdog,
        Self::Notifier,
    ];

    /// Whether it reads a stream that the bus copies from the log under another key than the
    /// ticket. Everything it reads and writes there is its own, its dead letters too.
    #[must_use]
    pub const fn reads_copies(self) -> bool {
        matches!(self, Self::Courier | Self::Lookout | Self::Dispatcher)
    }

    /// The role beside which it runs, in the same process; itself for most.
    #[must_use]
    pub const fn process(self) -> Self {
        match self {
            Self::Courier => Self::Notifier,
            Self::Lookout => Self::Classifier,
            Self::Dispatcher => Self::Router,
            role => role,
        }
    }

    /// The word for the role in subjects, consumers, metrics and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Intake => "intake",
            Self::Classifier => "classifier",
            Self::Router => "router",
            Self::Watchdog => "watchdog",
            Self::Notifier => "notifier",
            Self::Courier => "courier",
            Self::Lookout => "lookout",
            Self::Dispatcher => "dispatcher",
            Self::Desk => "desk",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = posthouse_domain::ticket::UnknownWord;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        posthouse_domain::ticket::UnknownWord::find("role", text, &Self::ALL, Self::as_str)
    }
}
