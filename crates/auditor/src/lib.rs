//! The auditor: judges a log, and the world outside it, after the fact.
//!
//! It is told every message of a region's log, what was sent, accepted and received outside, and
//! says of each invariant of `docs/architecture.md` how much it looked at and what breaks it.
//!
//! # How it is independent
//!
//! A fault of the code that services decide with must not hide itself, so nothing of that code
//! is here. Of the house it knows `posthouse_wire::v1`, the messages as they travel, and their
//! plain decoding: no conversion to the domain, no fold, no calendar, no policy compiler, no
//! subjects. What a ticket's life allows, how identities derive, where a ticket stands, when a
//! desk is open and when a clock rings is written anew here, from the decisions in `docs/adr`
//! and simpler: calendars are looked up minute by minute, a ticket's deadlines are recomputed
//! from its first fact. `tests/architecture` keeps it so.
//!
//! What it takes on trust: which `[[sla]]` entries hold, which ladder is climbed and which rule of
//! compensation counts (conditions are not evaluated; `timed`, `escalated` and
//! `compensation_accrued` tell), how probable a forecast says a breach is, what a missed promise
//! costs, what the classifier found, and which receivers a rule names. What it cannot judge it
//! counts as `unjudged`: tickets under policies whose text it was not given or that have keys it
//! does not know, ladders that were climbed while the policy changed, and tickets whose deadlines
//! were moved by a mode.
//!
//! # What is judged
//!
//! 1. *Nothing accepted is lost*: accepted commands are facts, under their number; a number has
//!    one ticket; effects that must follow are there: `classified`, `routed`, `timed`, an
//!    outcome for each request, and outside what the log says was told.
//! 2. *Each effect once*: by its natural key, and named as ADR 1 says; nobody outside was told
//!    twice unmarked, or told what the log does not ask for.
//! 3. *One order per ticket*: one partition, an opening first, causes before effects, and
//!    services that saw the ticket in the state that the log has it in.
//! 4. *No deadline passes unseen*: deadlines, warnings and breaches, recomputed; forecasts only
//!    where the policy asks for them, each step of a ladder at its instant and none after an
//!    answer, costs only of what was missed.
//! 5. *Zombies are harmless*: repeats under the same identity are void; of a notification's
//!    attempts each is claimed once.
//! 6. *Bad input stops nobody*: what cannot be read is set aside, whole, with code and reason.
//! 7. *Same log, same policy, same result*: repeats say the same, views equal rebuilt ones, a
//!    breach says where the ticket's minutes went as the log tells it.
//!
//! # Invariants
//!
//! - Equal logs give equal reports. It reads no clock.
//! - No input makes it panic.
//! - A fact is counted in `facts` or, when nobody can read it, in `unreadable`.

mod calendar;
mod clock;
mod clocks;
mod costs;
mod deadlines;
mod follow_ups;
mod hands;
mod history;
mod holidays;
mod hours;
mod ladder;
mod letters;
mod life;
pub mod limits;
mod minutes;
mod names;
mod note;
mod outside;
mod promise;
mod report;
mod subject;
mod trail;

use std::collections::{BTreeMap, HashMap};

use posthouse_wire::v1;
use uuid::Uuid;

use crate::letters::Letters;
use crate::names::digest;
use crate::note::{Names, Note, Told};
use crate::outside::{Explained, Promised};
use crate::promise::Promises;
use crate::report::{Found, Sort};
use crate::subject::Subject;
use crate::trail::{Court, Numbers, judge};

pub use crate::outside::{Accepted, Outside, Received};
pub use crate::report::{Example, Examples, Invariant, Report};

/// The rows of a view, by table and key.
pub type Rows = BTreeMap<(String, Vec<u8>), Vec<u8>>;

/// A message as it stands in a stream.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// The stream.
    pub stream: &'a str,
    /// Its sequence there.
    pub sequence: u64,
    /// When the stream stored it, in milliseconds since 1970.
    pub stored_at_ms: i64,
    /// Its subject.
    pub subject: &'a str,
    /// The identity by which the stream knows it, if any.
    pub message_id: Option<&'a str>,
    /// Its bytes.
    pub payload: &'a [u8],
}

/// Judges a region, or several.
///
/// Read every stream in order, whole or a partition at a time; streams of couriers (which hold
/// claims and dead letters) before the log when [`Self::settle`] is used. Tickets are kept in
/// memory until they are settled: some 300 bytes a fact.
#[derive(Debug, Default)]
pub struct Auditor {
    policies: BTreeMap<String, Promises>,
    partitions_told: Option<u16>,
    partitions: BTreeMap<Place, Partition>,
    tickets: BTreeMap<Uuid, Ticket>,
    letters: Letters,
    unreadable: Vec<Unreadable>,
    /// Who claimed an attempt.
    claims: HashMap<(String, u32), String>,
    names: Names,
    numbers: Numbers,
    explained: Explained,
    report: Report,
}

/// A partition of a stream; one of copies is another one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    region: String,
    stream: String,
    copied_for: String,
    partition: u16,
}

#[derive(Debug, Default)]
struct Partition {
    last: u64,
    /// The latest time seen, in milliseconds.
    log_now: i64,
    activations: Vec<(u64, String)>,
    /// When each of them was stored, in milliseconds.
    activated_at: Vec<i64>,
}

#[derive(Debug)]
struct Ticket {
    place: Place,
    notes: Vec<Note>,
}

/// A message under a fact's subject that cannot be read.
#[derive(Debug)]
struct Unreadable {
    stream: String,
    sequence: u64,
    stored_at: i64,
    bytes: u64,
    is_consumed: bool,
}

impl Auditor {
    /// An auditor that has read nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Tells how many partitions the region has. Without it, it is taken from the activations of
    /// policies, of which every partition has one; without those, partitions are not judged.
    pub fn partitions(&mut self, count: u16) {
        self.partitions_told = Some(count);
    }

    /// Gives the text of a policy: the files of its bundle by name, inherited ones included,
    /// under its content hash. Deadlines under a policy that was not given, or has keys that are
    /// not known here, are not judged.
    pub fn policy(&mut self, version: &str, files: BTreeMap<String, String>) {
        if let Ok(promises) = Promises::read(&files) {
            self.policies.insert(version.to_owned(), promises);
        }
    }

    /// Reads the next message of a stream.
    pub fn read(&mut self, message: &Message<'_>) {
        let Some(subject) = Subject::read(message.subject) else {
            return;
        };
        let place = Place {
            region: subject.region.to_owned(),
            stream: message.stream.to_owned(),
            copied_for: subject.copied_for.to_owned(),
            partition: subject.partition,
        };
        let log_now = self.arrive(&place, message);
        match subject.kind {
            "dlq" => self.dead_letter(message),
            "claim" => self.claim(message),
            "policy_activated" if subject.copied_for.is_empty() => self.activation(&place, message),
            _ if subject.is_fact() => self.fact(place, subject, message, log_now),
            _ => {}
        }
    }

    /// Compares a view with one that was rebuilt from the log; `name` is for the report.
    pub fn view(&mut self, name: &str, live: &Rows, rebuilt: &Rows) {
        let mut keys: Vec<_> = live.keys().chain(rebuilt.keys()).collect();
        keys.sort();
        keys.dedup();
        self.report.check(7, keys.len() as u64);
        for key in keys {
            let what = match (live.get(key), rebuilt.get(key)) {
                (Some(live), Some(rebuilt)) if live == rebuilt => continue,
                (Some(_), Some(_)) => "differs from the rebuilt one",
                (Some(_), None) => "is not there when the view is rebuilt",
                _ => "is there only when the view is rebuilt",
            };
            let (table, row) = (&key.0, hex(&key.1));
            let what = format!("view {name}: row {row} of `{table}` {what}");
            self.report.note(None, Found::new(Sort::Differs, &[], what));
        }
    }

    /// Judges the tickets read so far and forgets them: nothing more will come of them. Call it
    /// between partitions to keep memory small, always with the same `outside`.
    pub fn settle(&mut self, outside: &Outside) {
        let promised = Promised::of(outside);
        self.judge_unreadable(outside);
        for (id, ticket) in std::mem::take(&mut self.tickets) {
            self.judge_partition(id, &ticket);
            let partition = self.partitions.get(&ticket.place);
            let mut court = Court {
                stream: &ticket.place.stream,
                outside,
                promised: &promised,
                letters: &self.letters,
                policies: &mut self.policies,
                activations: partition.map_or(&[], |it| &it.activations),
                activated_at: partition.map_or(&[], |it| &it.activated_at),
                end: partition
                    .map_or(0, |it| it.log_now)
                    .max(outside.settled_at_ms),
                explained: &mut self.explained,
            };
            judge(id, &ticket.notes, &mut court, &mut self.report);
        }
    }

    /// Judges what is left, and says what was found.
    #[must_use]
    pub fn finish(mut self, outside: &Outside) -> Report {
        self.settle(outside);
        self.explained.finish(outside, &mut self.report);
        self.report
    }

    /// Notes that a message arrived; returns the latest time that its partition has seen.
    fn arrive(&mut self, place: &Place, message: &Message<'_>) -> i64 {
        let partition = self.partitions.entry(place.clone()).or_default();
        self.report.check(3, 1);
        if message.sequence <= partition.last {
            let (stream, sequence, last) = (message.stream, message.sequence, partition.last);
            let what = format!("{stream}/{sequence} was delivered after {stream}/{last}");
            self.report
                .note(None, Found::new(Sort::OutOfOrder, &[], what));
        }
        partition.last = partition.last.max(message.sequence);
        partition.log_now = partition.log_now.max(message.stored_at_ms);
        partition.log_now
    }

    fn fact(&mut self, place: Place, subject: Subject<'_>, message: &Message<'_>, log_now: i64) {
        let at = note::Found {
            sequence: message.sequence,
            stored_at: message.stored_at_ms,
            log_now,
            message_id: message.message_id,
        };
        let Some(note) = Note::read(message.payload, at, &mut self.names) else {
            self.report.unreadable += 1;
            self.unreadable.push(Unreadable {
                stream: message.stream.to_owned(),
                sequence: message.sequence,
                stored_at: message.stored_at_ms,
                bytes: digest(message.payload),
                is_consumed: subject.is_consumed(),
            });
            return;
        };
        let ticket = self.tickets.entry(note.ticket).or_insert_with(|| Ticket {
            place: place.clone(),
            notes: Vec::new(),
        });
        if ticket.place != place {
            let (ours, theirs) = (ticket.place.partition, place.partition);
            let what = format!("its facts stand in partitions {ours} and {theirs}");
            let found = Found::new(Sort::OutOfOrder, &[note.id], what);
            return self.report.note(Some(note.ticket), found);
        }
        ticket.notes.push(note);
    }

    fn activation(&mut self, place: &Place, message: &Message<'_>) {
        let read = posthouse_wire::decode_message::<v1::PolicyActivated>("policy", message.payload);
        if let (Ok(read), Some(partition)) = (read, self.partitions.get_mut(place)) {
            partition.activations.push((message.sequence, read.version));
            partition.activated_at.push(message.stored_at_ms);
        }
    }

    fn dead_letter(&mut self, message: &Message<'_>) {
        self.report.dead_letters += 1;
        self.report.check(6, 1);
        if let Err(what) = self.letters.take(message.payload) {
            self.report
                .note(None, Found::new(Sort::BadInput, &[], what));
        }
    }

    /// An attempt that two owners claimed is made twice: one of them is a zombie.
    fn claim(&mut self, message: &Message<'_>) {
        let Ok(claim) = posthouse_wire::decode_message::<v1::Claim>("claim", message.payload)
        else {
            return;
        };
        // Bytes of strangers can be read as a claim of nothing.
        if claim.errand.parse::<Uuid>().is_err() {
            return;
        }
        self.report.check(5, 1);
        let (errand, attempt, owner) = (claim.errand, claim.attempt, claim.owner);
        if let Some(first) = self.claims.insert((errand.clone(), attempt), owner.clone()) {
            let what = format!("attempt {attempt} of {errand} was claimed by {first} and {owner}");
            self.report.note(None, Found::new(Sort::Zombie, &[], what));
        }
    }

    fn judge_unreadable(&mut self, outside: &Outside) {
        for it in std::mem::take(&mut self.unreadable) {
            if !it.is_consumed || !outside.has_settled(it.stored_at) {
                continue;
            }
            self.report.check(6, 1);
            if !self.letters.hold(&it.stream, it.sequence, it.bytes) {
                let (stream, sequence) = (&it.stream, it.sequence);
                let what = format!("{stream}/{sequence} cannot be read and was not set aside");
                self.report
                    .note(None, Found::new(Sort::BadInput, &[], what));
            }
        }
    }

    /// A ticket stands in the partition that its identity names, under a number of its own, and
    /// what was set aside of it is whole.
    fn judge_partition(&mut self, id: Uuid, ticket: &Ticket) {
        let Place {
            stream, partition, ..
        } = &ticket.place;
        if let Some(count) = self.partition_count(&ticket.place) {
            self.report.check(3, 1);
            let wanted = names::partition(id, count);
            if wanted != *partition {
                let what = format!("it stands in partition {partition}, but belongs in {wanted}");
                self.report
                    .note(Some(id), Found::new(Sort::OutOfOrder, &[], what));
            }
        }
        for note in &ticket.notes {
            for letter in self.letters.of(stream, note.sequence) {
                self.report.check(6, 1);
                if !letter.holds(note.bytes) {
                    let what = format!("{}'s dead letter lacks the original bytes", letter.role);
                    self.report
                        .note(Some(id), Found::new(Sort::BadInput, &[note.id], what));
                }
            }
            let Told::Opened { number, .. } = &note.told else {
                continue;
            };
            self.report.check(1, 1);
            if let Some(other) = self.numbers.take(number, id) {
                let what = format!("ticket {other} has its number, {number}, too");
                self.report
                    .note(Some(id), Found::new(Sort::Lost, &[note.id], what));
            }
        }
    }

    /// How many partitions the log has, if that is known.
    fn partition_count(&self, place: &Place) -> Option<u16> {
        let activated = self
            .partitions
            .iter()
            .filter(|(of, it)| of.region == place.region && !it.activations.is_empty())
            .map(|(of, _)| of.partition + 1);
        self.partitions_told.or_else(|| activated.max())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
