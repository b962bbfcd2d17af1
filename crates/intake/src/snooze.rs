//! Not now: a link that keeps one receiver from being told of one ticket for a while.
//!
//! It is a silence like those that people say by hand, so couriers need to know nothing more. Its
//! name follows from the link: a second use of the link is the same silence.

use posthouse_domain::notify::{Afterwards, Field, Matcher, Silenced};
use posthouse_domain::ticket::{Actor, ActorKind, Body, Fact};
use posthouse_domain::{FactId, TicketId};
use posthouse_templates::link::Offer;

use crate::Intake;
use crate::limits::SNOOZE_MS;
use crate::refused::Refused;
use crate::submit::{Accepted, Place, message};

impl Intake {
    /// Silences the ticket of a link for the receiver that was told, and tells what was held
    /// back afterwards.
    ///
    /// # Errors
    ///
    /// [`Refused::NotReady`] when the log is away: a silence that comes late is of no use, so it
    /// does not wait on disk.
    pub(crate) async fn snooze(&self, offer: &Offer) -> Result<Accepted, Refused> {
        let inner = &self.inner;
        let subjects = &inner.topology.subjects;
        let (region, now) = (subjects.region(), inner.clock.now());
        let name = offer.identity();
        let matcher = |field, value: &str| Matcher {
            field,
            is_not: false,
            values: vec![value.to_owned()],
        };
        let policy = inner.policy.current();
        let policy = policy.map(|active| active.policy.version.clone());
        let fact = Fact {
            id: FactId::from_command(&["link", region, &name]),
            // A silence is no ticket's; its name stands for one.
            ticket: TicketId::derive(&["silence", region, &name]),
            region: region.to_owned(),
            at: now,
            actor: Actor {
                kind: ActorKind::Agent,
                name: offer.bearer.clone(),
            },
            cause: None,
            policy: policy.unwrap_or_default(),
            body: Body::Silenced(Silenced {
                silence: name,
                starts_at: now,
                ends_at: now.plus_millis(SNOOZE_MS),
                matchers: vec![
                    matcher(Field::Receiver, &offer.bearer),
                    matcher(Field::Ticket, &offer.number),
                ],
                afterwards: Afterwards::Tell,
                comment: "by a link in a message".to_owned(),
            }),
        };
        let kind = fact.body.kind();
        let entry = inner.spans.entry(None, fact.ticket, fact.id, kind);
        let message = message(subjects, &fact, entry);
        let span = inner.spans.sending(&fact, &message, entry);
        let away = |error: posthouse_bus::Error| Refused::NotReady(error.to_string());
        let receipt = inner.bus.publish(message).await.map_err(away)?;
        let stored = receipt.await.map_err(away)?;
        inner.spans.end(span, stored);
        Ok(Accepted::new(&fact, Place::Log))
    }
}
