//! The accidents that can happen to a region, by name.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::error::Error;

/// An accident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// SIGKILL of a process of ours, whatever it is doing; started again after a while.
    Kill,
    /// SIGKILL of a server; started again after a while.
    KillServer,
    /// SIGSTOP of a process of ours for longer than its partitions wait for it, then SIGCONT: a
    /// zombie wakes.
    Stop,
    /// SIGSTOP of a server, then SIGCONT.
    StopServer,
    /// SIGTERM of one process after the other, each started again before the next.
    Rolling,
    /// The link of a process breaks, and no new one comes about.
    Cut,
    /// The link of a process carries one direction only, and nobody is told.
    HalfOpen,
    /// The link of a process is late.
    Delay,
    /// Connections of a process overtake each other, and directions too.
    Reorder,
    /// The link of a process carries a few bytes at once.
    Trickle,
    /// The disk of a process is full.
    DiskFull,
    /// The disk of a server is full; when there is room again, the server is started anew.
    DiskFullServer,
    /// Every second attempt of a process to force data to its disk fails.
    Fsync,
    /// The same of a server.
    FsyncServer,
    /// A process is killed, and its files are cut short or have bits flipped before it returns.
    Damage,
    /// A process lives in another hour.
    Clock,
    /// Streams and consumers get other leaders, many times over.
    Leaders,
    /// Messages that are none arrive on every sort of subject.
    Poison,
    /// Another policy is put in force.
    Policy,
}

/// What an accident happens to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aim {
    /// One of our processes.
    Member,
    /// One whose files can all be built again from the log: any but intake.
    Rebuildable,
    /// A server.
    Server,
    /// The region as a whole.
    Region,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 19] = [
        Self::Kill,
        Self::KillServer,
        Self::Stop,
        Self::StopServer,
        Self::Rolling,
        Self::Cut,
        Self::HalfOpen,
        Self::Delay,
        Self::Reorder,
        Self::Trickle,
        Self::DiskFull,
        Self::DiskFullServer,
        Self::Fsync,
        Self::FsyncServer,
        Self::Damage,
        Self::Clock,
        Self::Leaders,
        Self::Poison,
        Self::Policy,
    ];

    /// Its name on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Kill => "kill",
            Self::KillServer => "kill-server",
            Self::Stop => "stop",
            Self::StopServer => "stop-server",
            Self::Rolling => "rolling",
            Self::Cut => "cut",
            Self::HalfOpen => "half-open",
            Self::Delay => "delay",
            Self::Reorder => "reorder",
            Self::Trickle => "trickle",
            Self::DiskFull => "disk-full",
            Self::DiskFullServer => "disk-full-server",
            Self::Fsync => "fsync",
            Self::FsyncServer => "fsync-server",
            Self::Damage => "damage",
            Self::Clock => "clock",
            Self::Leaders => "leaders",
            Self::Poison => "poison",
            Self::Policy => "policy",
        }
    }

    /// What it happens to.
    pub(super) const fn aim(self) -> Aim {
        match self {
            Self::Kill
            | Self::Stop
            | Self::Cut
            | Self::HalfOpen
            | Self::Delay
            | Self::Reorder
            | Self::Trickle
            | Self::DiskFull
            | Self::Fsync
            | Self::Clock => Aim::Member,
            Self::Damage => Aim::Rebuildable,
            Self::KillServer | Self::StopServer | Self::DiskFullServer | Self::FsyncServer => {
                Aim::Server
            }
            Self::Rolling | Self::Leaders | Self::Poison | Self::Policy => Aim::Region,
        }
    }

    /// The least and the most that it lasts. What is over at once lasts no time; a rolling
    /// restart takes what it takes.
    pub(super) const fn lasts(self) -> (Duration, Duration) {
        let (least, most) = match self {
            Self::Kill | Self::KillServer | Self::Damage => (300, 5_000),
            // Owners are missed after four seconds.
            Self::Stop => (3_000, 9_000),
            Self::StopServer => (1_000, 7_000),
            Self::Cut | Self::HalfOpen => (1_000, 8_000),
            Self::Delay | Self::Reorder | Self::Trickle | Self::Clock => (3_000, 8_000),
            Self::DiskFull | Self::DiskFullServer => (2_000, 5_000),
            Self::Fsync | Self::FsyncServer => (2_000, 6_000),
            Self::Leaders => (2_000, 4_000),
            Self::Rolling | Self::Poison | Self::Policy => (0, 0),
        };
        (Duration::from_millis(least), Duration::from_millis(most))
    }

    /// Whether it needs more than one server.
    pub(super) const fn needs_cluster(self) -> bool {
        matches!(self, Self::Leaders)
    }

    /// Whether it needs disks that can be full.
    pub(super) const fn needs_small_disks(self) -> bool {
        matches!(self, Self::DiskFull | Self::DiskFullServer)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Fault {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let found = Self::ALL.into_iter().find(|fault| fault.as_str() == text);
        found.ok_or_else(|| {
            let all = Self::ALL.map(Self::as_str).join(", ");
            Error::UnknownFault(text.to_owned(), all)
        })
    }
}
