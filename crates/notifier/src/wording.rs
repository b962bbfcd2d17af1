//! What a request says: the templates of the policy, in the language of whoever is told, about a
//! ticket as they may see it.

use posthouse_domain::limits::{ATTRIBUTE_BYTES_MAX, EXCERPT_CHARS_MAX, cut};
use posthouse_domain::notify::{Audience, Personal, Request};
use posthouse_domain::ticket::{
    Body, Contact, Fact, FactKind, Features, NoticeField, NotificationRequested,
};
use posthouse_policy::Policy;
use posthouse_templates::{Notice, Telling};

/// The request that tells `told.receiver` of a fact, with its words.
///
/// They are written when it is decided that somebody is told, so the log holds what was said. A
/// receiver that the policy has no more is told as staff are, with personal data masked.
#[must_use]
pub fn request(
    policy: &Policy,
    fact: &Fact,
    features: &Features,
    told: Request,
) -> NotificationRequested {
    let personal = policy.receivers.personal(&told.receiver);
    let features = match personal {
        Personal::Mask => masked(features),
        Personal::Keep => features.clone(),
    };
    let notice = notice(policy, fact, &features, Words::of(&told, ""));
    let told_of = told_of(policy, fact, &told.receiver);
    let request = NotificationRequested {
        receiver: told.receiver,
        rule: told.rule,
        about: fact.body.kind(),
        title: String::new(),
        text: String::new(),
        fields: Vec::new(),
        language: String::new(),
        features,
        urgent: false,
        round: 0,
        told_of,
    };
    saying(request, notice)
}

/// The same request in the words of another language, which its customer prefers. `None` where it
/// stays as it is: its receiver has a language of its own, or it passes on what was asked in one.
#[must_use]
pub fn reworded(
    policy: &Policy,
    request: &NotificationRequested,
    language: &str,
) -> Option<NotificationRequested> {
    let receiver = policy.receivers.receivers.get(&request.receiver)?;
    if !receiver.language.is_empty() || request.about == FactKind::InfoRequested {
        return None;
    }
    let fact = posthouse_wire::decode(&request.told_of).ok()?;
    let rules = policy.receivers.rules.iter();
    let rule = rules.clone().find(|rule| rule.name == request.rule);
    let words = Words {
        receiver: &request.receiver,
        template: rule.and_then(|rule| rule.template.as_deref()),
        language,
    };
    let notice = notice(policy, &fact, &request.features, words);
    Some(saying(request.clone(), notice))
}

fn saying(request: NotificationRequested, notice: Notice) -> NotificationRequested {
    let fields = notice.fields.into_iter().map(|field| NoticeField {
        label: field.label,
        value: field.value,
    });
    NotificationRequested {
        title: notice.subject,
        text: notice.text,
        fields: fields.collect(),
        language: notice.language,
        ..request
    }
}

/// The fact that a customer is told of, as it travels, so that it can be said again in another
/// language; nothing for staff. What customers write at length stands in no template.
fn told_of(policy: &Policy, fact: &Fact, receiver: &str) -> Vec<u8> {
    let receiver = policy.receivers.receivers.get(receiver);
    let audience = receiver.map_or(Audience::Staff, |receiver| receiver.audience);
    if audience.of(fact.body.kind()) != Audience::Customer {
        return Vec::new();
    }
    let mut fact = fact.clone();
    if let Body::Opened(opened) = &mut fact.body {
        opened.body.clear();
        opened.attributes.clear();
        opened.contact = Contact::default();
    }
    posthouse_wire::encode(&fact)
}

/// For whom something is put into words, and how.
#[derive(Clone, Copy)]
struct Words<'a> {
    receiver: &'a str,
    template: Option<&'a str>,
    /// The language that the customer prefers; empty for none.
    language: &'a str,
}

impl<'a> Words<'a> {
    fn of(told: &'a Request, language: &'a str) -> Self {
        Self {
            receiver: &told.receiver,
            template: told.template.as_deref(),
            language,
        }
    }
}

fn notice(policy: &Policy, fact: &Fact, features: &Features, words: Words<'_>) -> Notice {
    let receiver = policy.receivers.receivers.get(words.receiver);
    let personal = policy.receivers.personal(words.receiver);
    let audience = receiver.map_or(Audience::Staff, |receiver| receiver.audience);
    let audience = audience.of(fact.body.kind());
    let region = policy
        .regions
        .get(&features.region)
        .or_else(|| policy.regions.get(&fact.region));
    let own = receiver.map_or("", |receiver| receiver.language.as_str());
    let asked = match &fact.body {
        Body::InfoRequested(asked) => asked.language.as_str(),
        _ => "",
    };
    let home = region.map_or("", |region| region.language.as_str());
    let languages = match audience {
        Audience::Staff => [own, &policy.receivers.language, "", "", ""],
        Audience::Customer => [own, asked, words.language, &features.language, home],
    };
    policy.templates.notice(&Telling {
        body: &fact.body,
        at: fact.at,
        by: fact.actor.kind,
        features,
        audience,
        template: words.template,
        languages: &languages,
        zone: region.map_or("UTC", |region| region.zone.as_str()),
        written: match personal {
            Personal::Mask => mask,
            Personal::Keep => str::to_owned,
        },
    })
}

fn mask(text: &str) -> String {
    posthouse_personal::masked(text, &[]).into_owned()
}

/// What may be told of a ticket outside: without the personal data in what people wrote freely.
///
/// It is looked for here, not taken from the classification: whoever hears of the opening hears
/// of it before anybody has classified it.
fn masked(features: &Features) -> Features {
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
