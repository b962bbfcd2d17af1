//! The notifier and a courier, played in virtual time: they read the facts of one ticket and what
//! was said to all couriers, and every message is taken at once.
//!
//! Of other tickets they know nothing: a limit that others use up, or a group that others fill,
//! is not seen.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use posthouse_domain::notify::Receiver;
use posthouse_domain::ticket::{Body, Fact, NotificationRequested};
use posthouse_domain::{FactId, Timestamp};
use posthouse_notifier::{Courier, Notifier, Parcel, Post, PostError, Waits};
use posthouse_runtime::{Handler, Input, Refusal, View};
use posthouse_store::MemoryStore;

use super::{Placed, Scene};
use crate::exit::Error;

/// Most requests that are explained: a rule may tell again for as long as a ticket is open.
const REQUESTS_MAX: usize = 2_000;
/// Errands that are run at once; it is no matter how many.
const ROOM: usize = 64;

/// What became of everything.
#[derive(Debug)]
pub(super) struct Played {
    /// By the fact that it tells of.
    pub(super) asked: BTreeMap<FactId, Vec<Asked>>,
    /// The bound that ended it, where it would go on.
    pub(super) cut: Option<usize>,
}

/// A request, and what becomes of it.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) receiver: String,
    pub(super) rule: String,
    /// When it was decided.
    pub(super) at: Timestamp,
    /// Its words; none where it was decided that nobody is asked.
    pub(super) words: Option<NotificationRequested>,
    /// What kept it, as things stood then.
    pub(super) waits: Option<Waits>,
    pub(super) end: End,
}

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It is told, in one message with so many others.
    Told {
        /// When.
        at: Timestamp,
        /// How many others are in the message.
        others: usize,
    },
    /// It is not told.
    Never {
        /// Why not.
        why: String,
    },
    /// It waits for longer than it is looked ahead.
    Open,
}

/// Plays a scene.
pub(super) async fn play(scene: &Scene) -> Result<Played, Error> {
    let mut stage = Stage::new(&scene.policy).map_err(|error| failed(&error))?;
    let mut inputs: Vec<&Placed> = scene.said.iter().chain(&scene.facts).collect();
    inputs.sort_by_key(|input| input.at);
    for input in inputs {
        stage.advance(input.at).await?;
        stage.now = input.at;
        stage.take(&input.fact).await?;
        if stage.is_full() {
            break;
        }
    }
    stage.advance(scene.until.plus_millis(1)).await?;
    Ok(stage.played())
}

/// Who plays, and what was seen so far.
struct Stage {
    notifier: Notifier,
    decided: View,
    courier: Courier,
    told: View,
    now: Timestamp,
    sequence: u64,
    /// In the order in which they were decided, each with the fact that it tells of.
    asked: Vec<(FactId, Asked)>,
    /// Where in `asked` a request stands.
    places: BTreeMap<FactId, usize>,
}

impl Stage {
    fn new(policy: &posthouse_policy::Policy) -> Result<Self, posthouse_store::Error> {
        let policy = Arc::new(policy.clone());
        let (mut notifier, mut courier) = (Notifier::default(), Courier::new(Everybody));
        notifier.activate(&policy);
        courier.activate(&policy);
        Ok(Self {
            decided: View::new(Arc::new(MemoryStore::new(notifier.tables())?)),
            told: View::new(Arc::new(MemoryStore::new(courier.tables())?)),
            notifier,
            courier,
            now: Timestamp::MIN,
            sequence: 0,
            asked: Vec::new(),
            places: BTreeMap::new(),
        })
    }

    fn is_full(&self) -> bool {
        self.asked.len() >= REQUESTS_MAX
    }

    /// Lets everything happen that is due before `until`.
    async fn advance(&mut self, until: Timestamp) -> Result<(), Error> {
        while !self.is_full() {
            let notifier = self.notifier.next_wake(&self.decided);
            let courier = self.courier.next_wake(&self.told);
            let next = notifier.into_iter().chain(courier).min();
            let Some(at) = next.filter(|at| *at < until) else {
                return Ok(());
            };
            self.now = at;
            // They conclude what is due before an instant.
            let after = at.plus_millis(1);
            let facts = if notifier == Some(at) {
                self.notifier.ring(&mut self.decided, after)
            } else {
                self.courier.ring(&mut self.told, after)
            };
            self.conclude(facts).await?;
        }
        Ok(())
    }

    /// Takes in a fact of the log.
    async fn take(&mut self, fact: &Fact) -> Result<(), Error> {
        let input = self.input(fact);
        let kind = fact.body.kind();
        if self.courier.consumes().contains(&kind) {
            let facts = self.courier.handle(&mut self.told, input);
            self.conclude(facts).await
        } else if self.notifier.consumes().contains(&kind) {
            let facts = self.notifier.handle(&mut self.decided, input);
            self.conclude(facts).await
        } else {
            Ok(())
        }
    }

    /// What somebody concluded comes back through the log; then errands are run.
    async fn conclude(&mut self, concluded: Result<Vec<Fact>, Refusal>) -> Result<(), Error> {
        let mut next = concluded.map_err(|error| failed(&error))?;
        loop {
            for fact in std::mem::take(&mut next) {
                let noted = self.note(&fact, 0);
                let input = self.input(&fact);
                if self.courier.consumes().contains(&fact.body.kind()) {
                    let facts = self.courier.handle(&mut self.told, input);
                    next.extend(facts.map_err(|error| failed(&error))?);
                }
                self.look(noted, fact.id)?;
            }
            if next.is_empty() && !self.run_errands().await? {
                return Ok(());
            }
        }
    }

    /// Runs what is to be told now. Gives whether there was anything.
    async fn run_errands(&mut self) -> Result<bool, Error> {
        let errands = self.courier.errands(&self.told, self.now, ROOM);
        let is_any = !errands.is_empty();
        for errand in errands {
            self.courier
                .claimed(&mut self.told, errand.id, errand.attempt, self.now)
                .map_err(|error| failed(&error))?;
            let outcomes = (errand.work)().await;
            for outcome in &outcomes {
                self.note(outcome, outcomes.len() - 1);
                let input = self.input(outcome);
                self.courier
                    .handle(&mut self.told, input)
                    .map_err(|error| failed(&error))?;
            }
        }
        Ok(is_any)
    }

    fn input<'f>(&mut self, fact: &'f Fact) -> Input<'f> {
        self.sequence += 1;
        Input {
            fact,
            log_time: self.now,
            sequence: self.sequence,
        }
    }

    /// Notes a request or what becomes of one. Gives the place of a new request.
    fn note(&mut self, fact: &Fact, others: usize) -> Option<usize> {
        let cause = fact.cause?;
        let end = match &fact.body {
            Body::NotificationRequested(words) => {
                let asked = Asked {
                    receiver: words.receiver.clone(),
                    rule: words.rule.clone(),
                    at: self.now,
                    words: Some(words.clone()),
                    waits: None,
                    end: End::Open,
                };
                self.places.insert(fact.id, self.asked.len());
                self.asked.push((cause, asked));
                return Some(self.asked.len() - 1);
            }
            Body::NotificationSuppressed(suppressed) if !suppressed.requested => {
                let why = suppressed.why.clone();
                let asked = Asked {
                    receiver: suppressed.receiver.clone(),
                    rule: suppressed.rule.clone(),
                    at: self.now,
                    words: None,
                    waits: None,
                    end: End::Never { why },
                };
                self.asked.push((cause, asked));
                return None;
            }
            Body::Notified(_) => {
                let at = self.now;
                End::Told { at, others }
            }
            Body::NotificationSuppressed(suppressed) => {
                let why = suppressed.why.clone();
                End::Never { why }
            }
            Body::NotificationFailed(failed) => {
                let why = failed.error.clone();
                End::Never { why }
            }
            _ => return None,
        };
        if let Some((_, asked)) = self.places.get(&cause).map(|place| &mut self.asked[*place]) {
            asked.end = end;
        }
        None
    }

    /// Looks what keeps a request that was just taken in.
    fn look(&mut self, place: Option<usize>, request: FactId) -> Result<(), Error> {
        if let Some(place) = place {
            let waits = self.courier.waits(&self.told, request, self.now);
            self.asked[place].1.waits = waits.map_err(|error| failed(&error))?;
        }
        Ok(())
    }

    fn played(self) -> Played {
        let cut = self.is_full().then_some(REQUESTS_MAX);
        let mut asked: BTreeMap<FactId, Vec<Asked>> = BTreeMap::new();
        for (about, one) in self.asked {
            asked.entry(about).or_default().push(one);
        }
        Played { asked, cut }
    }
}

/// Everybody who takes whatever they are told; nothing is sent.
#[derive(Debug)]
struct Everybody;

#[async_trait]
impl Post for Everybody {
    async fn post(&self, _receiver: &Receiver, _parcel: &Parcel) -> Result<String, PostError> {
        Ok("explained".to_owned())
    }
}

fn failed(error: &dyn std::fmt::Display) -> Error {
    Error::failed(format!("play the notifier: {error}"))
}
