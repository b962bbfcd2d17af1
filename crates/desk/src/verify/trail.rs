//! The trail of one ticket through the log.

use std::collections::{HashMap, HashSet};

use posthouse_domain::ids::Uuid;
use posthouse_wire::v1;
use posthouse_wire::v1::ticket_fact::Body;

use super::life::Phase;

/// Something found on a trail.
pub(super) enum Found {
    Orphan(Uuid, String),
    Missing(Vec<Uuid>, String),
    Doubled([Uuid; 2], String),
    Void(Uuid, String),
}

/// What there may be only one of, of one ticket.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Effect {
    Opening,
    Classification(String),
    Routing(String),
    Timing(String),
    Warning(i32, u32, u32, i64),
    Breach(i32, u32),
    Risk(i32, u32, u32),
    Escalation(i32, u32, String, u32),
    Compensation(i32, u32, String),
    Telling(String, String),
    Outcome(String),
}

/// What was seen of a ticket.
#[derive(Debug, Default)]
pub(super) struct Trail {
    /// Nothing until it was opened.
    phase: Option<Phase>,
    seen: HashSet<Uuid>,
    /// Each effect with the fact that had it first.
    effects: HashMap<Effect, Uuid>,
    requests: Vec<Uuid>,
    classified: bool,
    routed: bool,
    timed: bool,
    ended_before_classified: bool,
}

impl Trail {
    pub(super) const fn is_opened(&self) -> bool {
        self.phase.is_some()
    }

    /// Goes one fact further; gives what is wrong with it, if anything.
    pub(super) fn follow(&mut self, id: Uuid, fact: &v1::TicketFact) -> Option<Found> {
        let body = fact.body.as_ref()?;
        let kind = word(body);
        let Some(phase) = self.phase else {
            return self.begin(id, body);
        };
        if !self.seen.insert(id) {
            return Some(Found::Void(id, format!("{kind} is stored again")));
        }
        self.note_presence(phase, body);
        let effect = effect(&fact.cause, id, body);
        if let Some(first) = effect.as_ref().and_then(|effect| self.effects.get(effect)) {
            return Some(again(*first, id, body));
        }
        let Some(next) = phase.after(body) else {
            return Some(Found::Void(
                id,
                format!("{kind} is not allowed when the ticket is {phase:?}"),
            ));
        };
        self.phase = Some(next);
        self.effects.extend(effect.map(|effect| (effect, id)));
        if let Body::NotificationRequested(_) = body {
            self.requests.push(id);
        }
        None
    }

    /// What must be there and is not.
    pub(super) fn missing(&self) -> Vec<Found> {
        if !self.is_opened() {
            return Vec::new();
        }
        let excused = self.ended_before_classified;
        let steps = [
            (self.classified, "it was never classified"),
            (self.routed || excused, "it was never routed"),
            (self.timed || excused, "its targets were never set"),
        ];
        let mut missing: Vec<Found> = steps
            .into_iter()
            .filter(|(there, _)| !there)
            .map(|(_, what)| Found::Missing(Vec::new(), what.to_owned()))
            .collect();
        for request in &self.requests {
            if !self
                .effects
                .contains_key(&Effect::Outcome(request.to_string()))
            {
                let what = "a notification was asked for and has no outcome".to_owned();
                missing.push(Found::Missing(vec![*request], what));
            }
        }
        missing
    }

    fn begin(&mut self, id: Uuid, body: &Body) -> Option<Found> {
        if !matches!(body, Body::Opened(_)) {
            let what = format!("{} stands before any opening", word(body));
            return Some(Found::Orphan(id, what));
        }
        self.phase = Some(Phase::default());
        self.seen.insert(id);
        self.effects.insert(Effect::Opening, id);
        None
    }

    /// What is in the log is not missing, whether it counted or not.
    fn note_presence(&mut self, phase: Phase, body: &Body) {
        match body {
            Body::Classified(_) => {
                self.ended_before_classified |= !self.classified && phase.is_ended();
                self.classified = true;
            }
            Body::Routed(_) => self.routed = true,
            Body::Timed(_) => self.timed = true,
            _ => {}
        }
    }
}

/// What to say of an effect that was there before.
fn again(first: Uuid, id: Uuid, body: &Body) -> Found {
    let kind = word(body);
    match body {
        Body::Notified(body) if body.possible_duplicate => Found::Void(
            id,
            format!("{kind} says of itself that it may be a duplicate"),
        ),
        _ => Found::Doubled(
            [first, id],
            format!("{kind} twice, under different identities"),
        ),
    }
}

fn effect(cause: &str, id: Uuid, body: &Body) -> Option<Effect> {
    let cause = || {
        if cause.is_empty() {
            id.to_string()
        } else {
            cause.to_owned()
        }
    };
    Some(match body {
        Body::Opened(_) => Effect::Opening,
        Body::Classified(_) => Effect::Classification(cause()),
        Body::Routed(_) => Effect::Routing(cause()),
        Body::Timed(_) => Effect::Timing(cause()),
        Body::TargetWarned(body) if body.before_ms > 0 => {
            Effect::Warning(body.target, body.cycle, 0, body.before_ms)
        }
        Body::TargetWarned(body) => Effect::Warning(body.target, body.cycle, body.percent, 0),
        Body::TargetBreached(body) => Effect::Breach(body.target, body.cycle),
        Body::TargetAtRisk(body) => Effect::Risk(body.target, body.cycle, body.threshold_permille),
        Body::Escalated(body) => {
            Effect::Escalation(body.target, body.cycle, body.ladder.clone(), body.step)
        }
        Body::CompensationAccrued(body) => {
            Effect::Compensation(body.target, body.cycle, body.rule.clone())
        }
        Body::NotificationRequested(body) => Effect::Telling(cause(), body.receiver.clone()),
        Body::NotificationSuppressed(body) => Effect::Telling(cause(), body.receiver.clone()),
        Body::Notified(_) | Body::NotificationFailed(_) => Effect::Outcome(cause()),
        Body::Replied(_)
        | Body::Assigned(_)
        | Body::Progressed(_)
        | Body::Resolved(_)
        | Body::Reopened(_)
        | Body::Closed(_) => return None,
    })
}

const fn word(body: &Body) -> &'static str {
    match body {
        Body::Opened(_) => "opened",
        Body::Replied(_) => "replied",
        Body::Assigned(_) => "assigned",
        Body::Progressed(_) => "progressed",
        Body::Resolved(_) => "resolved",
        Body::Reopened(_) => "reopened",
        Body::Closed(_) => "closed",
        Body::Classified(_) => "classified",
        Body::Routed(_) => "routed",
        Body::Timed(_) => "timed",
        Body::TargetWarned(_) => "target_warned",
        Body::TargetBreached(_) => "target_breached",
        Body::TargetAtRisk(_) => "target_at_risk",
        Body::Escalated(_) => "escalated",
        Body::CompensationAccrued(_) => "compensation_accrued",
        Body::NotificationRequested(_) => "notification_requested",
        Body::Notified(_) => "notified",
        Body::NotificationFailed(_) => "notification_failed",
        Body::NotificationSuppressed(_) => "notification_suppressed",
    }
}
