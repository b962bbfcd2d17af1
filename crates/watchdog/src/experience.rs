//! What a partition has learnt, in its view.

use posthouse_domain::sla::Target;
use posthouse_domain::sla::clock::Clock;
use posthouse_domain::sla::forecast::{Rates, Score, Standing};
use posthouse_domain::sla::watch::Experience;
use posthouse_domain::ticket::{Features, Severity};
use posthouse_runtime::View;
use posthouse_store::{Error, Table};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::telemetry::Promises;

/// How promises went, by target and severity.
pub(crate) const RATES: Table = Table::new("rates");
/// How queues stand, by queue and severity.
pub(crate) const STANDING: Table = Table::new("standing");

/// What was learnt, read from a view and kept there. The first error is kept for the caller:
/// what was read after it is as good as nothing, and is not to be committed.
pub(crate) struct Learnt<'v> {
    view: &'v mut View,
    error: Option<Error>,
    /// Whether promises ended.
    has_learnt: bool,
    /// Where those are counted, if anywhere.
    promises: Option<&'v Promises>,
}

impl<'v> Learnt<'v> {
    pub(crate) const fn new(view: &'v mut View) -> Self {
        Self {
            view,
            error: None,
            has_learnt: false,
            promises: None,
        }
    }

    /// The same, which counts promises that end.
    pub(crate) fn counting(self, promises: Option<&'v Promises>) -> Self {
        Self { promises, ..self }
    }

    /// Whether promises ended, so that the score changed.
    ///
    /// # Errors
    ///
    /// When the view could not be read.
    pub(crate) fn finish(self) -> Result<bool, Error> {
        match self.error {
            Some(error) => Err(error),
            None => Ok(self.has_learnt),
        }
    }

    fn read<T: DeserializeOwned + Default>(&mut self, table: Table, key: &[u8]) -> T {
        match self.view.get(table, key) {
            // A row that cannot be read is forgotten: it is a statistic.
            Ok(row) => row
                .and_then(|row| postcard::from_bytes(&row).ok())
                .unwrap_or_default(),
            Err(error) => {
                self.error.get_or_insert(error);
                T::default()
            }
        }
    }

    fn write<T: Serialize>(&mut self, table: Table, key: &[u8], value: &T) {
        let row = postcard::to_allocvec(value).expect("numbers can always be written");
        self.view.put(table, key.to_vec(), row);
    }
}

fn key(target: Target, severity: Severity) -> String {
    format!("{target} {severity}")
}

impl Experience for Learnt<'_> {
    fn rates(&mut self, target: Target, severity: Severity) -> Rates {
        self.read(RATES, key(target, severity).as_bytes())
    }

    fn keep_rates(&mut self, target: Target, severity: Severity, rates: Rates) {
        self.has_learnt = true;
        self.write(RATES, key(target, severity).as_bytes(), &rates);
    }

    fn standing(&mut self, queue: &str) -> Standing {
        self.read(STANDING, queue.as_bytes())
    }

    fn keep_standing(&mut self, queue: &str, standing: Standing) {
        self.write(STANDING, queue.as_bytes(), &standing);
    }

    fn ended(&mut self, clock: &Clock, severity: Severity, features: &Features) {
        if let Some(promises) = self.promises {
            promises.ended(clock, severity, &features.tier);
        }
    }
}

/// How good the forecasts of the partition were so far.
///
/// # Errors
///
/// When the view cannot be read.
pub(crate) fn score(view: &mut View) -> Result<Score, Error> {
    let mut learnt = Learnt::new(view);
    let mut score = Score::default();
    for target in Target::ALL {
        for severity in Severity::ALL {
            score = score.and(learnt.rates(target, severity).score());
        }
    }
    learnt.finish().map(|_| score)
}
