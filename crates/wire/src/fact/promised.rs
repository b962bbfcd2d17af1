//! What became of promises: the facts that the watchdog concludes.

use posthouse_domain::limits::KEY_BYTES_MAX;
use posthouse_domain::sla::Target;
use posthouse_domain::ticket::{
    CompensationAccrued, Escalated, Minutes, TargetAtRisk, TargetBreached, TargetWarned, Timed,
};

use crate::enums::{self, Numbered};
use crate::error::Error;
use crate::path::Path;
use crate::read::{instant, key, narrow, prose, required_key, text, write_instant};
use crate::v1;
use crate::values::{Travels, list, required, write_list};

/// The policies of a ticket as text: one for each target, and what stands between them.
const SLAS_BYTES_MAX: usize = Target::ALL.len() * (KEY_BYTES_MAX + 2);
/// A probability of one, in thousandths.
const PERMILLE_MAX: u16 = 1_000;

impl Travels for Timed {
    type Wire = v1::Timed;

    fn write(&self) -> v1::Timed {
        v1::Timed {
            sla: self.sla.clone(),
            considered: write_list(&self.considered),
            targets: write_list(&self.targets),
            features: Some(self.features.write()),
            why: self.why.clone(),
        }
    }

    fn read(wire: v1::Timed, at: &Path<'_>) -> Result<Self, Error> {
        Ok(Self {
            sla: text(wire.sla, &at.field("sla"), SLAS_BYTES_MAX)?,
            why: prose(wire.why, &at.field("why"))?,
            considered: list(wire.considered, &at.field("considered"))?,
            targets: list(wire.targets, &at.field("targets"))?,
            features: required(wire.features, &at.field("features"))?,
        })
    }
}

impl Travels for TargetWarned {
    type Wire = v1::TargetWarned;

    fn write(&self) -> v1::TargetWarned {
        v1::TargetWarned {
            target: self.target.number(),
            cycle: self.cycle,
            percent: self.percent.into(),
            due_at: write_instant(self.due_at),
            features: Some(self.features.write()),
            before_ms: self.before_ms,
        }
    }

    fn read(wire: v1::TargetWarned, at: &Path<'_>) -> Result<Self, Error> {
        Ok(Self {
            target: enums::required(wire.target, &at.field("target"))?,
            cycle: wire.cycle,
            percent: narrow(wire.percent, &at.field("percent"), u8::MAX)?,
            before_ms: wire.before_ms,
            due_at: instant(wire.due_at, &at.field("due_at"))?,
            features: required(wire.features, &at.field("features"))?,
        })
    }
}

impl Travels for TargetBreached {
    type Wire = v1::TargetBreached;

    fn write(&self) -> v1::TargetBreached {
        v1::TargetBreached {
            target: self.target.number(),
            cycle: self.cycle,
            due_at: write_instant(self.due_at),
            features: Some(self.features.write()),
            minutes: self.minutes.as_ref().map(Travels::write),
        }
    }

    fn read(wire: v1::TargetBreached, at: &Path<'_>) -> Result<Self, Error> {
        let minutes = |wire| Minutes::read(wire, &at.field("minutes"));
        Ok(Self {
            target: enums::required(wire.target, &at.field("target"))?,
            cycle: wire.cycle,
            due_at: instant(wire.due_at, &at.field("due_at"))?,
            features: required(wire.features, &at.field("features"))?,
            minutes: wire.minutes.map(minutes).transpose()?,
        })
    }
}

impl Travels for Minutes {
    type Wire = v1::Minutes;

    fn write(&self) -> v1::Minutes {
        v1::Minutes {
            decide_ms: self.decide_ms,
            queue_ms: self.queue_ms,
            person_ms: self.person_ms,
            pause_ms: self.pause_ms,
            notifier_ms: self.notifier_ms,
        }
    }

    fn read(wire: v1::Minutes, _: &Path<'_>) -> Result<Self, Error> {
        Ok(Self {
            decide_ms: wire.decide_ms,
            queue_ms: wire.queue_ms,
            person_ms: wire.person_ms,
            pause_ms: wire.pause_ms,
            notifier_ms: wire.notifier_ms,
        })
    }
}

impl Travels for TargetAtRisk {
    type Wire = v1::TargetAtRisk;

    fn write(&self) -> v1::TargetAtRisk {
        v1::TargetAtRisk {
            target: self.target.number(),
            cycle: self.cycle,
            threshold_permille: self.threshold_permille.into(),
            probability_permille: self.probability_permille.into(),
            due_at: write_instant(self.due_at),
            reasons: write_list(&self.reasons),
            features: Some(self.features.write()),
        }
    }

    fn read(wire: v1::TargetAtRisk, at: &Path<'_>) -> Result<Self, Error> {
        let permille = |number, field| narrow(number, &at.field(field), PERMILLE_MAX);
        Ok(Self {
            target: enums::required(wire.target, &at.field("target"))?,
            cycle: wire.cycle,
            threshold_permille: permille(wire.threshold_permille, "threshold_permille")?,
            probability_permille: permille(wire.probability_permille, "probability_permille")?,
            due_at: instant(wire.due_at, &at.field("due_at"))?,
            reasons: list(wire.reasons, &at.field("reasons"))?,
            features: required(wire.features, &at.field("features"))?,
        })
    }
}

impl Travels for Escalated {
    type Wire = v1::Escalated;

    fn write(&self) -> v1::Escalated {
        v1::Escalated {
            target: self.target.number(),
            cycle: self.cycle,
            ladder: self.ladder.clone(),
            step: self.step,
            to: self.to.clone(),
            level: self.level.clone(),
            reason: self.reason.clone(),
            due_at: write_instant(self.due_at),
            features: Some(self.features.write()),
        }
    }

    fn read(wire: v1::Escalated, at: &Path<'_>) -> Result<Self, Error> {
        Ok(Self {
            target: enums::required(wire.target, &at.field("target"))?,
            cycle: wire.cycle,
            ladder: required_key(wire.ladder, &at.field("ladder"))?,
            step: wire.step,
            to: required_key(wire.to, &at.field("to"))?,
            level: key(wire.level, &at.field("level"))?,
            reason: prose(wire.reason, &at.field("reason"))?,
            due_at: instant(wire.due_at, &at.field("due_at"))?,
            features: required(wire.features, &at.field("features"))?,
        })
    }
}

impl Travels for CompensationAccrued {
    type Wire = v1::CompensationAccrued;

    fn write(&self) -> v1::CompensationAccrued {
        v1::CompensationAccrued {
            target: self.target.number(),
            cycle: self.cycle,
            rule: self.rule.clone(),
            amount: self.amount.clone(),
            currency: self.currency.clone(),
            computation: self.computation.clone(),
            features: Some(self.features.write()),
        }
    }

    fn read(wire: v1::CompensationAccrued, at: &Path<'_>) -> Result<Self, Error> {
        Ok(Self {
            target: enums::required(wire.target, &at.field("target"))?,
            cycle: wire.cycle,
            rule: required_key(wire.rule, &at.field("rule"))?,
            amount: required_key(wire.amount, &at.field("amount"))?,
            currency: required_key(wire.currency, &at.field("currency"))?,
            computation: prose(wire.computation, &at.field("computation"))?,
            features: required(wire.features, &at.field("features"))?,
        })
    }
}
