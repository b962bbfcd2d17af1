//! What the desk counts, kept up to date with every batch.

use posthouse_domain::ticket::FactKind;
use rusqlite::Connection;
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! counts {
    ($($(#[doc = $doc:literal])+ $name:ident,)*) => {
        /// What the desk has counted in the whole log of a region.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
        pub struct Counts {
            $($(#[doc = $doc])+ pub $name: u64,)*
        }

        impl Counts {
            /// Each count with its name.
            #[must_use]
            pub fn named(&self) -> Vec<(&'static str, u64)> {
                vec![$((stringify!($name), self.$name),)*]
            }

            fn set(&mut self, name: &str, count: u64) {
                match name {
                    $(stringify!($name) => self.$name = count,)*
                    // A name that this version does not count; the schema's version keeps it out.
                    _ => {}
                }
            }
        }

        impl std::ops::AddAssign for Counts {
            fn add_assign(&mut self, other: Self) {
                $(self.$name += other.$name;)*
            }
        }
    };
}

counts! {
    /// Tickets that were opened.
    tickets,
    /// The same: every ticket has one opening that counts.
    opened,
    /// Tickets that were classified at least once.
    classified,
    /// Tickets that were put in a queue at least once.
    routed,
    /// Tickets whose targets were set at least once.
    timed,
    /// Tickets of which somebody was told at least once.
    notified,
    /// Tickets that missed a target.
    breached,
    /// Tickets that were closed at least once.
    closed,
    /// All facts, void ones included.
    facts,
    /// Facts that changed nothing where they stand.
    void,
    /// Void facts of tickets that were never opened.
    orphans,
    /// Notifications that were asked for.
    requested,
    /// Notifications with an outcome: delivered or failed.
    settled_notifications,
    /// Notifications that failed.
    failed_notifications,
    /// Messages that a role could not handle.
    dead_letters,
    /// Dead letters that somebody dealt with.
    settled_dead_letters,
    /// Activations of policies, one per partition and policy.
    policy_activations,
    /// Messages of the log that this version cannot read.
    unreadable,
}

impl Counts {
    /// Notifications that were asked for and have no outcome yet.
    #[must_use]
    pub const fn pending_notifications(&self) -> u64 {
        self.requested.saturating_sub(self.settled_notifications)
    }

    /// Dead letters that nobody dealt with.
    #[must_use]
    pub const fn open_dead_letters(&self) -> u64 {
        self.dead_letters.saturating_sub(self.settled_dead_letters)
    }

    /// Counts a fact that counted; `first` of its kind for its ticket.
    pub(crate) const fn count(&mut self, kind: FactKind, first: bool) {
        match kind {
            FactKind::NotificationRequested => self.requested += 1,
            FactKind::Notified => self.settled_notifications += 1,
            FactKind::NotificationFailed => {
                self.settled_notifications += 1;
                self.failed_notifications += 1;
            }
            _ => {}
        }
        if !first {
            return;
        }
        match kind {
            FactKind::Opened => {
                self.tickets += 1;
                self.opened += 1;
            }
            FactKind::Classified => self.classified += 1,
            FactKind::Routed => self.routed += 1,
            FactKind::Timed => self.timed += 1,
            FactKind::Notified => self.notified += 1,
            FactKind::TargetBreached => self.breached += 1,
            FactKind::Closed => self.closed += 1,
            _ => {}
        }
    }

    /// Reads what was counted up to the database's position.
    pub(crate) fn load(connection: &Connection) -> Result<Self, rusqlite::Error> {
        let mut counts = Self::default();
        let mut rows = connection.prepare("SELECT name, count FROM tally")?;
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            let count: i64 = row.get(1)?;
            counts.set(&row.get::<_, String>(0)?, count.unsigned_abs());
        }
        Ok(counts)
    }

    /// Writes what differs from `before`.
    pub(crate) fn store(
        &self,
        before: &Self,
        connection: &Connection,
    ) -> Result<(), rusqlite::Error> {
        let mut put = connection.prepare_cached(
            "INSERT INTO tally VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET count = ?2",
        )?;
        for ((name, count), (_, old)) in self.named().into_iter().zip(before.named()) {
            if count != old {
                put.execute((name, i64::try_from(count).unwrap_or(i64::MAX)))?;
            }
        }
        Ok(())
    }
}
