//! What comes: facts, policies, ticks and claims, each in its place.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use posthouse_bus::subject::{Said, said};
use posthouse_bus::{AckToken, Delivery, Error as BusError};
use posthouse_domain::ticket::{Fact, PolicyVersion};
use posthouse_domain::{FactId, Timestamp};
use posthouse_policy::Policy;
use posthouse_wire::{Claim, PolicyActivated};

use super::records::Record;
use super::spans::{Decided, Decision, Stimulus};
use super::{Context, Fatal, Worker};
use crate::policies::Error as PolicyError;
use crate::trace::TraceId;
use crate::{Handler, Input, Refusal, limits};

impl<H: Handler> Worker<H> {
    /// A message delivered to the owner, live: handled unless a replay has handled it.
    pub(super) async fn deliver(&mut self, delivery: &Delivery) -> Result<(), Fatal> {
        self.context.metrics.lag(delivery.pending);
        self.waiting_since = (delivery.pending > 0).then_some(delivery.stored_at);
        let age_ms = self.context.clock.now().millis_since(delivery.stored_at);
        self.context.metrics.log_age_ms(age_ms);
        self.saw(delivery.stored_at);
        if delivery.sequence <= self.position {
            self.skip(delivery);
            return Ok(());
        }
        let before = self.records.next_number();
        self.take_in(delivery).await?;
        self.publish_since(before).await;
        Ok(())
    }

    /// Takes one message in, in its place: lets timers ring that were due before it, then
    /// handles it. Outputs are recorded, not published.
    pub(super) async fn take_in(&mut self, delivery: &Delivery) -> Result<(), Fatal> {
        self.log_time = self.log_time.max(delivery.stored_at);
        self.ring_before(self.log_time)?;
        match said(&delivery.subject) {
            Said::PolicyActivated => self.activate(delivery).await,
            Said::Fact(_) => self.handle_fact(delivery),
            Said::Claim => self.note_claim(delivery),
            Said::Tick => {
                self.told(delivery.stored_at);
                self.record(delivery, Vec::new(), Stimulus::Timer)
            }
            Said::DeadLetter(_) | Said::DeadLetterSettled(_) => {
                self.record(delivery, Vec::new(), Stimulus::Timer)
            }
            Said::Unknown => {
                let reason = "its subject says nothing that this version knows".to_owned();
                self.refuse(
                    delivery,
                    &Refusal {
                        code: Refusal::SUBJECT,
                        reason,
                    },
                )
            }
        }
    }

    /// Lets the timers ring that were due strictly before `now`, by log time.
    pub(super) fn ring_before(&mut self, now: Timestamp) -> Result<(), Fatal> {
        while self.next_wake.is_some_and(|wake| wake < now) {
            self.view.begin(self.records.next_number());
            let due = self.next_wake;
            let outputs = self
                .handler
                .ring(&mut self.view, now)
                .map_err(|refusal| Fatal::View(refusal.reason))?;
            self.next_wake = self.handler.next_wake(&self.view);
            // What a replay rings again was told long ago, or is told by the takeover.
            if let Some(due) = due
                && self.is_owner
            {
                self.rang(due);
            }
            self.push_record(self.position, None, outputs, Stimulus::Timer, due);
        }
        Ok(())
    }

    /// A timer that was due then is told now.
    pub(super) fn rang(&self, due: Timestamp) {
        let now = self.log_now().max(self.log_time);
        self.context.metrics.rang(now.millis_since(due));
    }

    fn handle_fact(&mut self, delivery: &Delivery) -> Result<(), Fatal> {
        let fact = match posthouse_wire::decode(&delivery.payload) {
            Ok(fact) => fact,
            Err(error) => {
                let refusal = Refusal {
                    code: error.code(),
                    reason: error.to_string(),
                };
                return self.refuse(delivery, &refusal);
            }
        };
        let input = Input {
            fact: &fact,
            log_time: delivery.stored_at,
            sequence: delivery.sequence,
        };
        let decision = self.spans.begin(delivery, &fact);
        self.view.begin(self.records.next_number());
        let started = std::time::Instant::now();
        let handled = catch_unwind(AssertUnwindSafe(|| {
            self.handler.handle(&mut self.view, input)
        }));
        self.context.metrics.decided(started.elapsed());
        match handled {
            Ok(Ok(outputs)) => {
                self.next_wake = self.handler.next_wake(&self.view);
                let is_void = self.view.take_void() > 0;
                if is_void {
                    self.context.metrics.void(fact.body.kind());
                }
                let decided = match outputs.as_slice() {
                    [] if is_void => Decided::Void,
                    outputs => Decided::Concluded(outputs),
                };
                self.decided(&decision, (delivery, &fact), decided);
                let stimulus = Stimulus::Message(decision.context, fact.ticket);
                self.record(delivery, outputs, stimulus)
            }
            Ok(Err(refusal)) if refusal.code == Refusal::VIEW => Err(Fatal::View(refusal.reason)),
            Ok(Err(refusal)) => self.refuse_fact(&decision, (delivery, &fact), &refusal),
            Err(panic) => {
                let reason = format!("the handler panicked: {}", panic_text(panic.as_ref()));
                let refusal = Refusal {
                    code: Refusal::PANIC,
                    reason,
                };
                self.refuse_fact(&decision, (delivery, &fact), &refusal)
            }
        }
    }

    fn refuse_fact(
        &mut self,
        decision: &Decision,
        input: (&Delivery, &Fact),
        refusal: &Refusal,
    ) -> Result<(), Fatal> {
        self.decided(decision, input, Decided::Refused(refusal.code));
        self.refuse(input.0, refusal)
    }

    /// Says in a span what became of an input.
    fn decided(&mut self, decision: &Decision, input: (&Delivery, &Fact), decided: Decided<'_>) {
        let telling = self.telling(input.0.sequence, input.0.stored_at);
        let number = self.records.next_number();
        self.spans
            .decided(decision, input, decided, &self.policy, number, telling);
    }

    /// A policy takes effect here. While the bus is away the partition waits for it; one that
    /// nobody stored, or that does not compile, is set aside and the policy before stays.
    async fn activate(&mut self, delivery: &Delivery) -> Result<(), Fatal> {
        let version = match PolicyActivated::decode(delivery.payload.clone()) {
            Ok(activated) => activated.version,
            Err(error) => {
                let refusal = Refusal {
                    code: error.code(),
                    reason: error.to_string(),
                };
                return self.refuse(delivery, &refusal);
            }
        };
        match self.use_policy(version).await {
            Ok(()) => self.activated(delivery),
            Err(error) => match error.refusal() {
                Some(refusal) => self.refuse(delivery, &refusal),
                None => Err(error),
            },
        }
    }

    fn activated(&mut self, delivery: &Delivery) -> Result<(), Fatal> {
        self.view.begin(self.records.next_number());
        self.handler
            .activated(&mut self.view, delivery.stored_at)
            .map_err(|refusal| Fatal::View(refusal.reason))?;
        self.next_wake = self.handler.next_wake(&self.view);
        self.record(delivery, Vec::new(), Stimulus::Timer)
    }

    /// Hands the policy of this version to the handler.
    pub(super) async fn use_policy(&mut self, version: PolicyVersion) -> Result<(), Fatal> {
        let policy = self
            .context
            .policies
            .load(&version)
            .await
            .map_err(|error| match error {
                PolicyError::Bus(error) => Fatal::Bus(error),
                error => Fatal::Policy {
                    version: version.to_string(),
                    why: error.to_string(),
                },
            })?;
        self.fetch_needs(&policy).await?;
        self.handler.activate(&policy);
        self.policy = version;
        Ok(())
    }

    /// Fetches what the handler needs from the store of models to decide by a policy.
    async fn fetch_needs(&mut self, policy: &Policy) -> Result<(), Fatal> {
        for name in self.handler.needs(policy) {
            let object = model(&self.context, &name).await?;
            let received = self.handler.receive(&name, object);
            received.map_err(|refusal| Fatal::Needs {
                version: policy.version.to_string(),
                refusal,
            })?;
        }
        Ok(())
    }

    fn note_claim(&mut self, delivery: &Delivery) -> Result<(), Fatal> {
        self.last_claim = self.last_claim.max(delivery.sequence);
        let claim =
            Claim::decode(delivery.payload.clone())
                .map_err(|error| Refusal {
                    code: error.code(),
                    reason: error.to_string(),
                })
                .and_then(|claim| {
                    let errand: FactId = claim.errand.parse().map_err(
                        |error: posthouse_domain::ids::InvalidId| Refusal {
                            code: Refusal::SUBJECT,
                            reason: error.to_string(),
                        },
                    )?;
                    self.view.begin(self.records.next_number());
                    self.handler
                        .claimed(&mut self.view, errand, claim.attempt, delivery.stored_at)
                });
        match claim {
            Ok(()) => {
                self.next_wake = self.handler.next_wake(&self.view);
                self.record(delivery, Vec::new(), Stimulus::Timer)
            }
            Err(refusal) if refusal.code == Refusal::VIEW => Err(Fatal::View(refusal.reason)),
            Err(refusal) => self.refuse(delivery, &refusal),
        }
    }

    /// An input that was handled before: acknowledged once what came before it is committed.
    fn skip(&mut self, delivery: &Delivery) {
        self.context.metrics.redelivered();
        if self.records.is_empty() {
            self.to_ack = Some(delivery.ack.clone());
        }
    }

    /// Notes an input as handled, with what it concluded.
    pub(super) fn record(
        &mut self,
        delivery: &Delivery,
        outputs: Vec<Fact>,
        stimulus: Stimulus,
    ) -> Result<(), Fatal> {
        self.position = delivery.sequence;
        let ack = (!delivery.ack.0.is_empty()).then(|| delivery.ack.clone());
        self.context.metrics.input();
        self.push_record(delivery.sequence, ack, outputs, stimulus, None);
        Ok(())
    }

    /// Sets an input aside as a dead letter; what the handler wrote for it is undone.
    pub(super) fn refuse(&mut self, delivery: &Delivery, refusal: &Refusal) -> Result<(), Fatal> {
        self.view.undo(self.records.writes());
        // What it remembers of the rows it wrote is undone with them.
        self.handler.restored();
        self.next_wake = self.handler.next_wake(&self.view);
        let letter = self.letter(delivery, refusal);
        // The reason may repeat what somebody wrote, so it stands in the letter alone.
        tracing::warn!(
            stream = %delivery.stream, sequence = delivery.sequence, subject = %delivery.subject,
            code = refusal.code, trace_id = %TraceId::of_fact(letter.0),
            "set aside as a dead letter; `posthouse dlq` says why",
        );
        self.context.metrics.dead_letter(refusal.code);
        self.position = delivery.sequence;
        let ack = (!delivery.ack.0.is_empty()).then(|| delivery.ack.clone());
        self.push(delivery.sequence, ack, vec![letter], None);
        Ok(())
    }

    pub(super) fn push(
        &mut self,
        position: u64,
        ack: Option<AckToken>,
        outputs: Vec<(FactId, posthouse_bus::Outgoing)>,
        due: Option<Timestamp>,
    ) {
        let record = Record {
            number: self.records.next_number(),
            position,
            log_time: self.log_time,
            policy: self.policy.clone(),
            writes: self.view.finish(),
            outputs,
            ack,
            due,
        };
        self.records.push(record);
        self.context.metrics.in_flight(self.records.len());
    }
}

/// What the store of models holds under a name. A region that was provisioned by an earlier version
/// has no such store, and so holds nothing.
async fn model(context: &Context, name: &str) -> Result<Option<Bytes>, Fatal> {
    match context.bus.objects(&context.topology.models()).await {
        Ok(objects) => Ok(objects.get(name).await?),
        Err(BusError::NotFound(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "it did not say why".to_owned());
    text.chars().take(limits::REASON_CHARS_MAX).collect()
}
