//! Looking ahead: what is learnt from promises that ended, and what is told of those that run.
//!
//! What a partition has learnt belongs to no ticket, so it is kept by whoever keeps the tickets,
//! behind [`Experience`]. Nothing is learnt while no policy asks for forecasts.

use serde::{Deserialize, Serialize};

use super::{Conclusion, Terms, Watched};
use crate::sla::clock::{Clock, Count, End};
use crate::sla::forecast::{Forecast, Place, Question, Rates, Standing, forecast};
use crate::sla::{Promise, Target};
use crate::ticket::{Body, Features, RiskReason, Severity, TargetAtRisk};
use crate::time::Timestamp;

/// What a partition has learnt from the facts so far.
pub trait Experience {
    /// How promises of a kind went.
    fn rates(&mut self, target: Target, severity: Severity) -> Rates;

    /// Keeps how they went.
    fn keep_rates(&mut self, target: Target, severity: Severity, rates: Rates);

    /// How a queue stands; `queue` names it, and the severity.
    fn standing(&mut self, queue: &str) -> Standing;

    /// Keeps how it stands.
    fn keep_standing(&mut self, queue: &str, standing: Standing);

    /// A promise about a ticket with these features has ended, as `clock.end` says; `severity` is
    /// the one it was made by. For those who count: nothing follows from it.
    fn ended(&mut self, _clock: &Clock, _severity: Severity, _features: &Features) {}
}

/// Learns nothing, for those who ask about one ticket alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct Inexperienced;

impl Experience for Inexperienced {
    fn rates(&mut self, _target: Target, _severity: Severity) -> Rates {
        Rates::default()
    }

    fn keep_rates(&mut self, _target: Target, _severity: Severity, _rates: Rates) {}

    fn standing(&mut self, _queue: &str) -> Standing {
        Standing::default()
    }

    fn keep_standing(&mut self, _queue: &str, _standing: Standing) {}
}

/// Where a ticket waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The queue and the severity.
    pub(super) queue: String,
    /// Its place there.
    pub(super) place: Place,
}

impl Watched {
    /// Moves the ticket from queue to queue, as its state, queue and severity ask.
    pub(super) fn stand(&mut self, terms: Terms<'_>, experience: &mut dyn Experience) {
        if !terms.slas.forecasts_any() {
            return;
        }
        let features = &self.ticket.features;
        let is_waiting = self.ticket.state().is_open() && !features.queue.is_empty();
        let queue = is_waiting.then(|| format!("{} {}", features.queue, self.severity(terms.slas)));
        if self.waiting.as_ref().map(|waiting| &waiting.queue) == queue.as_ref() {
            return;
        }
        if let Some(left) = self.waiting.take() {
            let mut standing = experience.standing(&left.queue);
            standing.leave();
            experience.keep_standing(&left.queue, standing);
        }
        self.waiting = queue.map(|queue| {
            let mut standing = experience.standing(&queue);
            let place = standing.enter();
            experience.keep_standing(&queue, standing);
            Waiting { queue, place }
        });
    }

    /// Learns from a promise that has just ended, at `now`.
    pub(super) fn learn(
        &self,
        clock: &Clock,
        now: Timestamp,
        terms: Terms<'_>,
        experience: &mut dyn Experience,
    ) {
        let severity = self.severity(terms.slas);
        experience.ended(clock, severity, &self.ticket.features);
        if !terms.slas.forecasts_any() {
            return;
        }
        let calendar = terms.slas.calendars.get(&clock.calendar);
        let Some((sla, calendar)) = terms.slas.named(&clock.sla).zip(calendar) else {
            return;
        };
        let stands = |stretch: &_| sla.pauses(clock.target, stretch);
        let pauses = self.history.pauses(clock.started_at, stands);
        let lasted_ms = calendar.running_ms_between(clock.started_at, now, &pauses.over);
        let mut rates = experience.rates(clock.target, severity);
        match clock.end {
            Some(End::Kept(_)) => rates.kept(lasted_ms, &clock.told),
            Some(End::Missed) => rates.missed(lasted_ms, &clock.told),
            Some(End::Withdrawn) => rates.withdrawn(lasted_ms),
            None => return,
        }
        experience.keep_rates(clock.target, severity, rates);
    }

    /// Asks how likely a clock is to be missed that has used `percent` of its time at `at`, and
    /// tells of it where the policy wants to know.
    pub(super) fn look_ahead(
        &mut self,
        (target, percent): (Target, u8),
        at: Timestamp,
        terms: Terms<'_>,
        experience: &mut dyn Experience,
    ) -> Option<Conclusion> {
        let severity = self.severity(terms.slas);
        let standing = |waiting: &Waiting, experience: &mut dyn Experience| {
            let standing = experience.standing(&waiting.queue);
            (
                standing.ahead(waiting.place),
                standing.served(waiting.place),
            )
        };
        let waiting = self.waiting.as_ref();
        let (ahead, served) = waiting.map_or((0, 0), |waiting| standing(waiting, experience));
        let clock = self
            .clocks
            .iter_mut()
            .find(|clock| clock.target == target)?;
        let sla = terms.slas.named(&clock.sla)?;
        let total_ms = total_ms(clock, terms)?;
        let elapsed_ms = total_ms * i64::from(percent) / 100;
        let question = Question {
            elapsed_ms,
            left_ms: total_ms - elapsed_ms,
            ahead,
            served,
        };
        let forecast = forecast(&experience.rates(target, severity), &question);
        clock.told.push(forecast.told);
        let level = sla
            .forecasts
            .level(forecast.permille, clock.risk_permille)?;
        clock.risk_permille = level;
        Some(Conclusion {
            cause: clock.set_by,
            rule: format!("target_at_risk {target} {level}"),
            ordinal: clock.cycle,
            at,
            body: Body::TargetAtRisk(TargetAtRisk {
                target,
                cycle: clock.cycle,
                threshold_permille: level,
                probability_permille: forecast.permille,
                due_at: clock.due_at,
                reasons: reasons(&question, &forecast),
                features: self.ticket.features.clone(),
            }),
        })
    }
}

/// The working time of a promise, in milliseconds.
fn total_ms(clock: &Clock, terms: Terms<'_>) -> Option<i64> {
    if let Promise::Working(ms) = clock.promise {
        return Some(ms);
    }
    let count = Count {
        calendar: terms.slas.calendars.get(&clock.calendar)?,
        started_at: clock.started_at,
        pauses: &[],
    };
    count.total_ms(clock.promise).ok()
}

/// What a forecast rests on, for people.
fn reasons(question: &Question, forecast: &Forecast) -> Vec<RiskReason> {
    let words = |ms| format!("{:#}", jiff::SignedDuration::from_millis(ms));
    let reason = |what: &str, value| RiskReason {
        what: what.to_owned(),
        value,
    };
    vec![
        reason("time left", words(question.left_ms)),
        reason(
            "queue",
            format!(
                "{} ahead, {} served meanwhile, at that pace {}",
                question.ahead,
                question.served,
                words(forecast.queue_ms)
            ),
        ),
        reason(
            "times alone",
            format!(
                "{} permille, from {} promises that ended",
                forecast.by_times_permille, forecast.observed
            ),
        ),
        reason("stood alike", format!("{} promises", forecast.likes)),
    ]
}
