//! Who is told: convert, decide, convert.

use std::sync::Arc;

use posthouse_bus::Role;
use posthouse_domain::limits::{ATTRIBUTE_BYTES_MAX, EXCERPT_CHARS_MAX, cut};
use posthouse_domain::notify::{self, Personal};
use posthouse_domain::ticket::{Body, Fact, FactKind, Features, NotificationRequested, Origin};
use posthouse_policy::Policy;
use posthouse_runtime::{Folded, Handler, Input, Refusal, Tickets, View};
use posthouse_store::Table;

const TICKET: Table = Table::new("ticket");
const TABLES: &[Table] = &[TICKET];
/// The version of the view's format.
const SCHEMA: u32 = 4;
/// What receivers can be told of.
const CONSUMES: &[FactKind] = &[
    FactKind::Opened,
    FactKind::Replied,
    FactKind::Assigned,
    FactKind::Progressed,
    FactKind::Resolved,
    FactKind::Reopened,
    FactKind::Closed,
    FactKind::Classified,
    FactKind::Routed,
    FactKind::TargetWarned,
    FactKind::TargetBreached,
    FactKind::TargetAtRisk,
    FactKind::Escalated,
    FactKind::CompensationAccrued,
    FactKind::InfoRequested,
    FactKind::Corrected,
    FactKind::Folded,
    FactKind::Unfolded,
    FactKind::Offered,
    FactKind::Accepted,
    FactKind::Declined,
    FactKind::Requeued,
    FactKind::Transferred,
];

/// The notifier of one partition.
#[derive(Debug, Default)]
pub struct Notifier {
    policy: Option<Arc<Policy>>,
}

impl Handler for Notifier {
    fn tables(&self) -> &'static [Table] {
        TABLES
    }

    fn schema(&self) -> u32 {
        SCHEMA
    }

    fn consumes(&self) -> &'static [FactKind] {
        CONSUMES
    }

    fn produces(&self) -> &'static [FactKind] {
        &[FactKind::NotificationRequested]
    }

    fn activate(&mut self, policy: &Arc<Policy>) {
        self.policy = Some(Arc::clone(policy));
    }

    fn handle(&mut self, view: &mut View, input: Input<'_>) -> Result<Vec<Fact>, Refusal> {
        let policy = self.policy.as_ref().ok_or_else(Refusal::no_policy)?;
        let Folded::Counted(ticket) = Tickets::new(TICKET).fold(view, input)? else {
            return Ok(Vec::new());
        };
        let fact = input.fact;
        let role = Role::Notifier.as_str();
        let origin = Origin::of(role, fact, input.log_time, &policy.version);
        let requests = notify::decide(fact, &ticket.features, &policy.receivers);
        if requests.is_empty() {
            return Ok(Vec::new());
        }
        let masked = masked(&ticket.features);
        Ok(requests
            .into_iter()
            .map(|request| {
                let features = match policy.receivers.personal(&request.receiver) {
                    Personal::Mask => &masked,
                    Personal::Keep => &ticket.features,
                };
                // The receiver is part of the rule's name, so that one more receiver does not
                // rename the requests to the others.
                let rule = format!("notify {}", request.receiver);
                let body = Body::NotificationRequested(NotificationRequested {
                    receiver: request.receiver,
                    rule: request.rule,
                    about: fact.body.kind(),
                    title: notify::title(&fact.body, features),
                    text: notify::text(&fact.body, features),
                    features: features.clone(),
                });
                origin.fact(&rule, 0, body)
            })
            .collect())
    }
}

/// What may be told of a ticket outside: without the personal data in what people wrote freely.
///
/// It is looked for here, not taken from the classification: whoever hears of the opening hears
/// of it before anybody has classified it.
fn masked(features: &Features) -> Features {
    let mask = |text: &str| posthouse_personal::masked(text, &[]).into_owned();
    // A mask may be longer than what it hides.
    let value = |text: &str| {
        let mut value = mask(text);
        value.truncate(value.floor_char_boundary(ATTRIBUTE_BYTES_MAX));
        value
    };
    let attributes = features.attributes.iter();
    Features {
        excerpt: cut(&mask(&features.excerpt), EXCERPT_CHARS_MAX),
        attributes: attributes
            .map(|(key, text)| (key.clone(), value(text)))
            .collect(),
        ..features.clone()
    }
}

#[cfg(test)]
mod tests {
    use posthouse_testkit::builders::{features, opened};

    use super::*;

    #[test]
    fn what_people_wrote_is_masked_and_stays_within_its_bounds() {
        let mut known = features(&opened("13800138000 cannot log in"));
        let long = "a@b.cn ".repeat(ATTRIBUTE_BYTES_MAX / 7);
        known.attributes.insert("note".to_owned(), long);
        known.attributes.insert("zone".to_owned(), "b".to_owned());
        let masked = masked(&known);
        assert_eq!(masked.excerpt, "[PHONE] cannot log in");
        assert_eq!(masked.attributes["zone"], "b");
        let note = &masked.attributes["note"];
        assert!(
            note.len() <= ATTRIBUTE_BYTES_MAX && !note.contains('@'),
            "{note}"
        );
        assert_eq!(masked.number, known.number);
    }
}
