//! Logs made by hand, from the messages as they travel.

use std::collections::BTreeMap;

use posthouse_auditor::{Auditor, Message, Outside, Report};
use posthouse_wire::v1;
use posthouse_wire::v1::ticket_fact::Body;
use posthouse_wire::v1::{ActorKind, Progress, Severity, State, Target};
use prost::Message as _;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// When the log begins: Friday, 15 January 2027, 08:00 UTC.
pub(crate) const START: i64 = 1_800_000_000_000;
pub(crate) const POLICY: &str = "5f3c";
const PARTITIONS: u16 = 4;
pub(crate) const STREAM: &str = "PH_r1_0";

const BUNDLE: &str = "name = \"t\"\nseverity_default = \"P2\"\n";
const CALENDARS: &str = "[calendar.always]\nalways = true\n\
    [calendar.office]\nzone = \"Europe/Berlin\"\nweekdays = [\"09:00-17:00\"]\n";
/// One entry for everybody: an hour and eight hours, around the clock.
pub(crate) const SLA: &str = "[[sla]]\nname = \"rest\"\ncalendar = \"always\"\n\
    first_response = { P0 = \"5m\", P2 = \"1h\" }\nresolution = { P0 = \"1h\", P2 = \"8h\" }\n\
    warn = [50]\npauses = { resolution = [\"waiting_on_customer\"] }\n";

/// One message of a log. Its sequence is its place.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) stream: &'static str,
    pub(crate) subject: String,
    pub(crate) stored_at: i64,
    pub(crate) message_id: Option<String>,
    /// The fact, or raw bytes.
    pub(crate) what: What,
}

#[derive(Clone, Debug)]
pub(crate) enum What {
    Fact(Box<v1::TicketFact>),
    Raw(Vec<u8>),
}

/// A log while it is written. Times are in seconds after [`START`].
#[derive(Clone, Debug)]
pub(crate) struct Log {
    pub(crate) entries: Vec<Entry>,
    pub(crate) sla: String,
    /// Other files of the bundle, or other texts of those that there are.
    pub(crate) files: BTreeMap<String, String>,
    n: u128,
}

/// A ticket of such a log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticket(pub(crate) Uuid);

pub(crate) fn ms(seconds: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "tests stay near the start")]
    let after = (seconds * 1_000.0) as i64;
    START + after
}

pub(crate) fn instant(at_ms: i64) -> Option<prost_types::Timestamp> {
    let nanos = i32::try_from(at_ms.rem_euclid(1_000) * 1_000_000).unwrap();
    let seconds = at_ms.div_euclid(1_000);
    Some(prost_types::Timestamp { seconds, nanos })
}

/// The identity of what `role` concludes, as ADR 1 says it.
pub(crate) fn derive(role: &str, cause: Uuid, rule: &str, ordinal: u32) -> Uuid {
    let ordinal = ordinal.to_be_bytes();
    let parts = [role.as_bytes(), cause.as_bytes(), rule.as_bytes(), &ordinal];
    hashed("posthouse/fact/1", &parts)
}

/// The identity of the policy's activation at `at`, as a ticket sees it.
pub(crate) fn activation(at: f64, Ticket(ticket): Ticket) -> Uuid {
    let (at_ms, ticket) = (ms(at).to_string(), ticket.to_string());
    let parts = ["policy_activated", POLICY, &at_ms, &ticket];
    hashed("posthouse/command/1", &parts.map(str::as_bytes))
}

fn hashed(what_for: &str, parts: &[&[u8]]) -> Uuid {
    let mut hash = Sha256::new();
    hash.update(what_for);
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let mut bytes: [u8; 16] = hash.finalize()[..16].try_into().unwrap();
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    Uuid::from_bytes(bytes)
}

pub(crate) fn features(state: State, reopens: u32) -> Option<v1::Features> {
    Some(v1::Features {
        state: state.into(),
        reopens,
        severity: Severity::P2.into(),
        ..v1::Features::default()
    })
}

/// A deadline under the calendar that never closes.
pub(crate) fn due(target: Target, cycle: u32, from: f64, hours: f64, due: f64) -> v1::TargetDue {
    #[expect(clippy::cast_possible_truncation, reason = "a few hours")]
    let target_ms = (hours * 3_600_000.0) as i64;
    v1::TargetDue {
        target: target.into(),
        cycle,
        started_at: instant(ms(from)),
        due_at: instant(ms(due)),
        target_ms,
        calendar: "always".to_owned(),
        sla: "rest".to_owned(),
        business_days: 0,
        previous_due_at: None,
    }
}

/// A deadline that was another one before.
pub(crate) fn moved(due: v1::TargetDue, before: f64) -> v1::TargetDue {
    v1::TargetDue {
        previous_due_at: instant(ms(before)),
        ..due
    }
}

impl Log {
    /// An empty log, in every partition of which the policy is activated.
    pub(crate) fn new() -> Self {
        let mut log = Self {
            entries: Vec::new(),
            sla: SLA.to_owned(),
            files: BTreeMap::new(),
            n: 0,
        };
        log.activate(-1.0);
        log
    }

    /// The policy is activated in every partition.
    pub(crate) fn activate(&mut self, at: f64) {
        let activated = v1::PolicyActivated {
            version: POLICY.to_owned(),
            ..v1::PolicyActivated::default()
        };
        for partition in 0..PARTITIONS {
            let subject = format!("ph.r1.{partition:02}.policy_activated");
            self.raw(at, STREAM, subject, activated.encode_to_vec());
        }
    }

    pub(crate) fn raw(&mut self, at: f64, stream: &'static str, subject: String, bytes: Vec<u8>) {
        self.entries.push(Entry {
            stream,
            subject,
            stored_at: ms(at),
            message_id: None,
            what: What::Raw(bytes),
        });
    }

    pub(crate) fn open(&mut self, at: f64, severity: Severity) -> (Ticket, Uuid) {
        self.n += 1;
        let ticket = Ticket(Uuid::from_u128((0x7000 << 64) + self.n));
        let body = Body::Opened(v1::Opened {
            number: format!("T-{}", self.n),
            customer: "c-1".to_owned(),
            severity: severity.into(),
            ..v1::Opened::default()
        });
        (ticket, self.said(ticket, at, ActorKind::Customer, body))
    }

    /// What a person does.
    pub(crate) fn said(&mut self, ticket: Ticket, at: f64, who: ActorKind, body: Body) -> Uuid {
        self.n += 1;
        let id = Uuid::from_u128((0x8000 << 64) + self.n);
        self.fact(ticket, id, None, at, at, who, body)
    }

    pub(crate) fn reply(&mut self, ticket: Ticket, at: f64, who: ActorKind, awaits: bool) -> Uuid {
        let body = Body::Replied(v1::Replied {
            text: "text".to_owned(),
            awaits_customer: awaits,
        });
        self.said(ticket, at, who, body)
    }

    /// What a role concludes from `cause`, which was stored at `since`.
    pub(crate) fn concluded(
        &mut self,
        ticket: Ticket,
        at: f64,
        (cause, since): (Uuid, f64),
        body: Body,
    ) -> Uuid {
        let (role, rule, ordinal) = derivation(&body);
        let id = derive(role, cause, &rule, ordinal);
        self.fact(ticket, id, Some(cause), since, at, ActorKind::Service, body)
    }

    /// Classified, routed and timed, as a new ticket is within a second.
    pub(crate) fn triage(
        &mut self,
        ticket: Ticket,
        at: f64,
        opened: (Uuid, f64),
        targets: Vec<v1::TargetDue>,
    ) -> Uuid {
        let body = Body::Classified(v1::Classified {
            features: features(State::New, 0),
            ..v1::Classified::default()
        });
        let classified = self.concluded(ticket, at, opened, body);
        self.route(ticket, at + 0.1, (classified, at), State::Triaged, 0);
        self.time(ticket, at + 0.2, (classified, at), State::Triaged, targets);
        classified
    }

    pub(crate) fn route(
        &mut self,
        ticket: Ticket,
        at: f64,
        cause: (Uuid, f64),
        state: State,
        reopens: u32,
    ) {
        let body = Body::Routed(v1::Routed {
            features: features(state, reopens),
            ..v1::Routed::default()
        });
        self.concluded(ticket, at, cause, body);
    }

    pub(crate) fn time(
        &mut self,
        ticket: Ticket,
        at: f64,
        cause: (Uuid, f64),
        state: State,
        targets: Vec<v1::TargetDue>,
    ) {
        let reopens = targets.first().map_or(0, |due| due.cycle);
        let body = Body::Timed(v1::Timed {
            sla: "rest".to_owned(),
            targets,
            features: features(state, reopens),
            ..v1::Timed::default()
        });
        self.concluded(ticket, at, cause, body);
    }

    /// A warning, or at 100 a breach, of the resolution.
    pub(crate) fn ring(
        &mut self,
        ticket: Ticket,
        at: f64,
        cause: Uuid,
        percent: u32,
        (rings, due): (f64, f64),
    ) {
        let (target, due_at) = (Target::Resolution.into(), instant(ms(due)));
        let features = features(State::InProgress, 0);
        let body = match percent {
            100 => Body::TargetBreached(v1::TargetBreached {
                target,
                cycle: 0,
                due_at,
                features,
                minutes: None,
            }),
            percent => Body::TargetWarned(v1::TargetWarned {
                target,
                cycle: 0,
                percent,
                before_ms: 0,
                due_at,
                features,
            }),
        };
        self.concluded(ticket, at, (cause, rings), body);
    }

    pub(crate) fn request(
        &mut self,
        ticket: Ticket,
        at: f64,
        cause: (Uuid, f64),
        state: State,
    ) -> Uuid {
        let body = Body::NotificationRequested(v1::NotificationRequested {
            receiver: "ops".to_owned(),
            features: features(state, 0),
            ..v1::NotificationRequested::default()
        });
        self.concluded(ticket, at, cause, body)
    }

    pub(crate) fn notified(&mut self, ticket: Ticket, at: f64, request: (Uuid, f64)) -> Uuid {
        let body = Body::Notified(v1::Notified {
            receiver: "ops".to_owned(),
            attempts: 1,
            receipt: "200".to_owned(),
            possible_duplicate: false,
        });
        self.concluded(ticket, at, request, body)
    }

    #[expect(clippy::too_many_arguments, reason = "a fact has so many parts")]
    pub(crate) fn fact(
        &mut self,
        Ticket(ticket): Ticket,
        id: Uuid,
        cause: Option<Uuid>,
        occurred: f64,
        at: f64,
        who: ActorKind,
        body: Body,
    ) -> Uuid {
        let (role, _, _) = derivation(&body);
        let partition = partition(ticket);
        let subject = format!("ph.r1.{partition:02}.{}", kind(&body));
        let fact = v1::TicketFact {
            fact_id: id.to_string(),
            ticket_id: ticket.to_string(),
            region: "r1".to_owned(),
            occurred_at: instant(ms(occurred)),
            actor: Some(v1::Actor {
                kind: who.into(),
                name: role.to_owned(),
            }),
            cause: cause.map(|cause| cause.to_string()).unwrap_or_default(),
            policy: POLICY.to_owned(),
            body: Some(body),
        };
        self.entries.push(Entry {
            stream: STREAM,
            subject,
            stored_at: ms(at),
            message_id: Some(id.to_string()),
            what: What::Fact(Box::new(fact)),
        });
        id
    }

    /// Places the entries by the time at which they were stored.
    pub(crate) fn in_order(mut self) -> Self {
        self.entries.sort_by_key(|entry| entry.stored_at);
        self
    }

    /// The places of the facts of a kind.
    pub(crate) fn places(&self, of: &str) -> Vec<usize> {
        let is_it = |entry: &Entry| match &entry.what {
            What::Fact(fact) => kind(fact.body.as_ref().unwrap()) == of,
            What::Raw(_) => false,
        };
        (0..self.entries.len())
            .filter(|at| is_it(&self.entries[*at]))
            .collect()
    }

    /// The first fact of a kind.
    pub(crate) fn first(&mut self, of: &str) -> &mut v1::TicketFact {
        let place = self.places(of)[0];
        self.at(place)
    }

    pub(crate) fn at(&mut self, place: usize) -> &mut v1::TicketFact {
        match &mut self.entries[place].what {
            What::Fact(fact) => fact,
            What::Raw(_) => panic!("no fact"),
        }
    }

    pub(crate) fn audit(&self, outside: &Outside) -> Report {
        let mut files: BTreeMap<String, String> = [
            ("bundle.toml", BUNDLE),
            ("calendars.toml", CALENDARS),
            ("sla.toml", &self.sla),
        ]
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .into();
        files.extend(self.files.clone());
        let mut auditor = Auditor::new();
        auditor.policy(POLICY, files);
        for (place, entry) in self.entries.iter().enumerate() {
            let payload = match &entry.what {
                What::Fact(fact) => fact.encode_to_vec(),
                What::Raw(bytes) => bytes.clone(),
            };
            auditor.read(&Message {
                stream: entry.stream,
                sequence: place as u64 + 1,
                stored_at_ms: entry.stored_at,
                subject: &entry.subject,
                message_id: entry.message_id.as_deref(),
                payload: &payload,
            });
        }
        auditor.finish(outside)
    }
}

/// A ticket's partition, of four.
pub(crate) fn partition(ticket: Uuid) -> u32 {
    let text = ticket.to_string();
    let hash = text.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    hash % u32::from(PARTITIONS)
}

fn derivation(body: &Body) -> (&'static str, String, u32) {
    let watched = |rule: String, ordinal| ("watchdog", rule, ordinal);
    match body {
        Body::Classified(_) => ("classifier", "classified".to_owned(), 0),
        Body::Routed(it) => ("router", "routed".to_owned(), it.step),
        Body::Transferred(_) => ("router", "handed_over".to_owned(), 0),
        Body::Offered(_) => ("dispatcher", "offered".to_owned(), 0),
        Body::Assigned(_) => ("dispatcher", "assigned".to_owned(), 0),
        Body::Requeued(_) => ("dispatcher", "requeued".to_owned(), 0),
        Body::AgentChanged(_) => ("dispatcher", "silent".to_owned(), 0),
        Body::Timed(_) => watched("timed".to_owned(), 0),
        Body::TargetWarned(it) => {
            let level = match it.before_ms {
                0 => it.percent.to_string(),
                ms => format!("-{ms}"),
            };
            watched(
                format!("target_warned {} {level}", name(it.target)),
                it.cycle,
            )
        }
        Body::TargetBreached(it) => {
            watched(format!("target_breached {}", name(it.target)), it.cycle)
        }
        Body::TargetAtRisk(it) => {
            let (target, level) = (name(it.target), it.threshold_permille);
            watched(format!("target_at_risk {target} {level}"), it.cycle)
        }
        Body::Escalated(it) => watched("escalated".to_owned(), it.step),
        Body::CompensationAccrued(it) => {
            let (target, rule) = (name(it.target), &it.rule);
            watched(format!("compensation_accrued {target} {rule}"), it.cycle)
        }
        Body::NotificationRequested(it) => {
            ("notifier", format!("notify {}", it.receiver), it.round)
        }
        Body::NotificationSuppressed(it) if it.requested => ("courier", "outcome".to_owned(), 0),
        Body::Notified(_) | Body::NotificationFailed(_) => ("courier", "outcome".to_owned(), 0),
        Body::InfoRequested(_) => ("classifier", "info_requested".to_owned(), 0),
        Body::Folded(it) => ("lookout", format!("folded {}", it.incident_id), 0),
        Body::Unfolded(_) => ("lookout", "unfolded".to_owned(), 0),
        _ => ("somebody", String::new(), 0),
    }
}

fn name(target: i32) -> String {
    let name = Target::try_from(target).unwrap().as_str_name();
    name.trim_start_matches("TARGET_").to_lowercase()
}

fn kind(body: &Body) -> &'static str {
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
        Body::InfoRequested(_) => "info_requested",
        Body::Corrected(_) => "corrected",
        Body::Folded(_) => "folded",
        Body::Unfolded(_) => "unfolded",
        Body::AgentChanged(_) => "agent_changed",
        Body::Offered(_) => "offered",
        Body::Accepted(_) => "accepted",
        Body::Declined(_) => "declined",
        Body::Requeued(_) => "requeued",
        Body::Transferred(_) => "transferred",
        Body::Silenced(_) => "silenced",
        Body::Unsilenced(_) => "unsilenced",
        Body::Resilenced(_) => "resilenced",
        Body::Preferred(_) => "preferred",
    }
}

pub(crate) fn resolved() -> Body {
    Body::Resolved(v1::Resolved::default())
}

pub(crate) fn reopened() -> Body {
    Body::Reopened(v1::Reopened::default())
}

pub(crate) fn closed() -> Body {
    Body::Closed(v1::Closed::default())
}

pub(crate) fn progressed(to: Progress) -> Body {
    Body::Progressed(v1::Progressed {
        to: to.into(),
        reason: String::new(),
    })
}
