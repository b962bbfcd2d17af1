//! Policies under which clocks fall due when the measurement wants them to.

use posthouse_domain::Timestamp;
use posthouse_policy::Source;

use super::crowd::Group;

/// Clocks of a ticket that stays open: first response and resolution, as shipped policies have.
pub(super) const CLOCKS_PER_TICKET: u64 = 2;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
/// Clocks fall due so long after the gate opens.
const GATE_TARGET_MS: i64 = 1_000;
/// How much longer arming may take than it did so far, and what there is on top.
const GATE_SLACK: f64 = 1.5;
const GATE_MARGIN_S: f64 = 15.0;

/// Promises that run for weeks, and ones of `steady_ms` for the group that falls due steadily.
pub(super) fn open(steady_ms: i64) -> Source {
    bundle("bench", "", &slas(steady_ms, ""))
}

/// A calendar that is closed while clocks are armed and opens at one minute, so that what was
/// armed before falls due in one instant.
pub(super) struct Gate {
    opens_at: Timestamp,
}

impl Gate {
    /// A gate that opens when so many tickets can be armed at that rate from `now` on.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "an estimate"
    )]
    pub(super) fn after(now: Timestamp, tickets: u64, tickets_per_second: f64) -> Self {
        let seconds = tickets as f64 / tickets_per_second.max(1.0) * GATE_SLACK + GATE_MARGIN_S;
        let ready_ms = now.as_millis() + (seconds * 1e3) as i64;
        let minute = ready_ms.div_euclid(MINUTE_MS) + 1;
        Self {
            opens_at: Timestamp::from_millis(minute * MINUTE_MS),
        }
    }

    /// When everything falls due.
    pub(super) fn due_at(&self) -> Timestamp {
        self.opens_at.plus_millis(GATE_TARGET_MS)
    }

    /// The policy with the gate in it. Its zone is the one in which it opens in the afternoon, so
    /// that neither midnight is near.
    pub(super) fn bundle(&self, steady_ms: i64) -> Source {
        let minute = self.opens_at.as_millis().rem_euclid(DAY_MS) / MINUTE_MS;
        let ahead_h = 14 - minute / 60;
        // Names of these zones have the sign the other way round: Etc/GMT-14 is ahead of UTC.
        let zone = match ahead_h {
            0 => "Etc/UTC".to_owned(),
            1.. => format!("Etc/GMT-{ahead_h}"),
            _ => format!("Etc/GMT+{}", -ahead_h),
        };
        let minute = (minute + ahead_h * 60).rem_euclid(24 * 60);
        let calendar = format!(
            "\n[calendar.gate]\nzone = \"{zone}\"\nevery_day = [\"{:02}:{:02}-24:00\"]\n",
            minute / 60,
            minute % 60,
        );
        let sla = format!(
            "[[sla]]\nname = \"burst\"\nwhen = 'ticket.product == \"{}\"'\ncalendar = \"gate\"\n\
             resolution = {}\n\n",
            Group::Burst.as_str(),
            severities(GATE_TARGET_MS / 1_000, "s"),
        );
        bundle("bench-gate", &calendar, &slas(steady_ms, &sla))
    }
}

fn slas(steady_ms: i64, first: &str) -> String {
    format!(
        "{first}[[sla]]\nname = \"steady\"\nwhen = 'ticket.product == \"{}\"'\n\
         calendar = \"always\"\nresolution = {}\n\n\
         [[sla]]\nname = \"held\"\ncalendar = \"always\"\nfirst_response = {}\nresolution = {}\n\
         warn = [50, 75, 90]\n\
         pauses = {{ resolution = [\"waiting_on_customer\", \"waiting_on_third_party\"] }}\n",
        Group::Steady.as_str(),
        severities(steady_ms / 1_000, "s"),
        severities(720, "h"),
        severities(2_160, "h"),
    )
}

fn severities(amount: i64, unit: &str) -> String {
    let promise = |severity: &str| format!("{severity} = \"{amount}{unit}\"");
    format!("{{ {} }}", ["P0", "P1", "P2", "P3"].map(promise).join(", "))
}

/// The shipped default with these promises, and one more calendar.
fn bundle(name: &str, calendar: &str, slas: &str) -> Source {
    let mut source = Source::shipped("default").expect("the default is shipped");
    source.name = name.to_owned();
    let calendars = source.files.entry("calendars.toml".to_owned()).or_default();
    calendars.push_str(calendar);
    source.files.insert("sla.toml".to_owned(), slas.to_owned());
    source
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever the hour: closed before the gate opens, and everything due in one instant.
    #[test]
    fn the_gate_lets_clocks_fall_due_in_one_instant() {
        for quarter in 0..96 {
            let now = Timestamp::from_millis(1_795_424_400_000 + quarter * 15 * MINUTE_MS);
            let gate = Gate::after(now, 100_000, 2_000.0);
            let (policy, _) = posthouse_policy::compile(&gate.bundle(65_000)).unwrap();
            let calendar = &policy.slas.calendars["gate"];
            let target = posthouse_domain::sla::WorkingTime::from_millis(GATE_TARGET_MS).unwrap();
            for armed_ms in [0, 60_000, 90_000] {
                let armed_at = now.plus_millis(armed_ms);
                assert_eq!(calendar.due(armed_at, target, &[]).unwrap(), gate.due_at());
            }
            let wait_ms = gate.due_at().millis_since(now);
            assert!((90_000..=152_000).contains(&wait_ms), "{wait_ms}");
        }
    }

    #[test]
    fn the_promises_compile_and_hold_for_their_groups() {
        let (policy, _) = posthouse_policy::compile(&open(65_000)).unwrap();
        let names: Vec<&str> = policy
            .slas
            .slas
            .iter()
            .map(|sla| sla.name.as_str())
            .collect();
        assert_eq!(names, ["steady", "held"]);
    }
}
