//! What customers prefer, as a courier remembers it: a row for each customer who said something.
//!
//! Every courier hears of every customer, from one place of the log (ADR 14), so it knows what
//! holds when a request comes, whoever the receiver is.

use posthouse_domain::Timestamp;
use posthouse_domain::notify::{Audience, Preference, Preferred, Receiver, Receivers};
use posthouse_domain::ticket::{Body, Fact, NotificationRequested};
use posthouse_policy::Policy;
use posthouse_runtime::{Refusal, View};
use posthouse_store::Table;

use crate::wording;

/// Preferences, by customer.
pub(crate) const PREFERENCES: Table = Table::new("preferences");

/// Takes in what a customer said, at `now`. Who says nothing in particular takes back what they
/// said before.
pub(crate) fn take(
    view: &mut View,
    fact: &Fact,
    said: &Preferred,
    now: Timestamp,
) -> Result<(), Refusal> {
    let key = said.customer.as_bytes().to_vec();
    if said.is_empty() {
        view.delete(PREFERENCES, key);
        return Ok(());
    }
    let preference = Preference {
        said: said.clone(),
        by: fact.actor.to_string(),
        at: now,
    };
    let bytes = postcard::to_stdvec(&preference).map_err(|error| {
        let reason = format!("write what {} prefers: {error}", said.customer);
        Refusal::new(Refusal::VIEW, reason)
    })?;
    view.put(PREFERENCES, key, bytes);
    Ok(())
}

/// Why the customer of a request is not told; `None` when they are, and for what staff are told.
pub(crate) fn withheld(
    view: &View,
    receivers: &Receivers,
    request: &NotificationRequested,
) -> Result<Option<String>, Refusal> {
    let Some(receiver) = for_customer(receivers, request) else {
        return Ok(None);
    };
    let customer = &request.features.customer;
    let preference = get(view, customer)?;
    let consent = &receivers.manners.consent;
    Ok(consent.withholds(
        customer,
        preference.as_ref(),
        &receiver.channel,
        request.about,
    ))
}

/// A request in the language that its customer prefers, where it is in another one.
pub(crate) fn reworded(view: &View, policy: &Policy, fact: &Fact) -> Result<Option<Fact>, Refusal> {
    let Body::NotificationRequested(request) = &fact.body else {
        return Ok(None);
    };
    if for_customer(&policy.receivers, request).is_none() {
        return Ok(None);
    }
    let preference = get(view, &request.features.customer)?;
    let language = preference.map(|it| it.said.language);
    let language = language.filter(|it| !it.is_empty() && *it != request.language);
    let reworded = language.and_then(|language| wording::reworded(policy, request, &language));
    Ok(reworded.map(|request| Fact {
        body: Body::NotificationRequested(request),
        ..fact.clone()
    }))
}

/// The receiver of a request, if it is told as a customer is.
fn for_customer<'p>(
    receivers: &'p Receivers,
    request: &NotificationRequested,
) -> Option<&'p Receiver> {
    let receiver = receivers.receivers.get(&request.receiver)?;
    let audience = receiver.audience.of(request.about);
    (audience == Audience::Customer).then_some(receiver)
}

fn get(view: &View, customer: &str) -> Result<Option<Preference>, Refusal> {
    let Some(bytes) = view.get(PREFERENCES, customer.as_bytes())? else {
        return Ok(None);
    };
    let read = postcard::from_bytes(&bytes);
    read.map(Some).map_err(|error| {
        let reason = format!("read what {customer} prefers: {error}");
        Refusal::new(Refusal::VIEW, reason)
    })
}
