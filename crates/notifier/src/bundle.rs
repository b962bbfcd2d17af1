//! Bundles: several requests of one receiver that are told together.
//!
//! A bundle looks like a request of its own to everything that tells receivers: it has an
//! identity, one claim and one message. Only its end is different: every request in it has an
//! outcome of its own, on the timeline of its own ticket.

use std::collections::BTreeSet;

use posthouse_bus::Role;
use posthouse_domain::limits::{NOTICE_CHARS_MAX, cut};
use posthouse_domain::notify::Audience;
use posthouse_domain::ticket::{Body, Fact, NotificationRequested, Origin};
use posthouse_domain::{FactId, TicketId, Timestamp};
use posthouse_policy::Policy;
use posthouse_templates::{Digest, Notice};
use serde::{Deserialize, Serialize};

use crate::errand::OUTCOME;

/// A request in a bundle, as far as its outcome needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Member {
    /// The request.
    pub(crate) id: FactId,
    /// Its ticket.
    pub(crate) ticket: TicketId,
    /// The region whose log holds it.
    pub(crate) region: String,
}

impl Member {
    pub(crate) fn of(request: &Fact) -> Self {
        Self {
            id: request.id,
            ticket: request.ticket,
            region: request.region.clone(),
        }
    }
}

/// The request that stands for several, at `at`. `None` for none. Its identity follows from the
/// first of them, which is in no other bundle, and so does its language.
pub(crate) fn bundle(
    policy: &Policy,
    requests: &[(Fact, NotificationRequested)],
    at: Timestamp,
) -> Option<Fact> {
    let ((first, asked), others) = requests.split_first()?;
    if others.is_empty() {
        return Some(first.clone());
    }
    let digest = digest(policy, asked, requests);
    let titles = requests.iter().map(|(_, request)| request.title.as_str());
    let list: Vec<&str> = titles.collect();
    let full = requests.iter().map(|(_, request)| request.text.as_str());
    // First everything in short, then in full as far as it goes.
    let list = list.join("\n");
    let parts = [digest.text.as_str(), &list].into_iter().chain(full);
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    let request = NotificationRequested {
        title: digest.subject,
        text: cut(&parts.join("\n\n"), NOTICE_CHARS_MAX),
        ..asked.clone()
    };
    Some(Fact {
        id: FactId::derive(Role::Courier.as_str(), first.id, "bundle", 0),
        at,
        body: Body::NotificationRequested(request),
        ..first.clone()
    })
}

/// What stands above the requests of a bundle, for whom and in the language of the first.
fn digest(
    policy: &Policy,
    first: &NotificationRequested,
    requests: &[(Fact, NotificationRequested)],
) -> Notice {
    let receiver = policy.receivers.receivers.get(&first.receiver);
    let audience = receiver.map_or(Audience::Staff, |receiver| receiver.audience);
    let tickets: BTreeSet<TicketId> = requests.iter().map(|(fact, _)| fact.ticket).collect();
    policy.templates.digest(&Digest {
        audience: audience.of(first.about),
        count: requests.len(),
        tickets: tickets.len(),
        subject: &first.title,
        languages: &[&first.language],
    })
}

/// The outcome of a bundle as the outcomes of its members; that of a single request is its own.
pub(crate) fn spread(outcome: Fact, members: &[Member]) -> Vec<Fact> {
    if members.is_empty() {
        return vec![outcome];
    }
    let each = members.iter().map(|member| {
        let origin = Origin {
            role: Role::Courier.as_str(),
            ticket: member.ticket,
            region: &member.region,
            cause: member.id,
            at: outcome.at,
            policy: &outcome.policy,
        };
        origin.fact(OUTCOME, 0, outcome.body.clone())
    });
    each.collect()
}
