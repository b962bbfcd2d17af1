//! What a request says: the templates of the policy, in the language of whoever is told, about a
//! ticket as they may see it.

use posthouse_domain::limits::{ATTRIBUTE_BYTES_MAX, EXCERPT_CHARS_MAX, cut};
use posthouse_domain::notify::{Audience, Personal, Request};
use posthouse_domain::ticket::{Body, Fact, Features, NoticeField, NotificationRequested};
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
    let notice = notice(policy, fact, &features, &told, personal);
    let fields = notice.fields.into_iter().map(|field| NoticeField {
        label: field.label,
        value: field.value,
    });
    NotificationRequested {
        receiver: told.receiver,
        rule: told.rule,
        about: fact.body.kind(),
        title: notice.subject,
        text: notice.text,
        fields: fields.collect(),
        language: notice.language,
        features,
        urgent: false,
        round: 0,
    }
}

fn notice(
    policy: &Policy,
    fact: &Fact,
    features: &Features,
    told: &Request,
    personal: Personal,
) -> Notice {
    let receiver = policy.receivers.receivers.get(&told.receiver);
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
        Audience::Staff => [own, &policy.receivers.language, "", ""],
        Audience::Customer => [own, asked, &features.language, home],
    };
    policy.templates.notice(&Telling {
        body: &fact.body,
        at: fact.at,
        by: fact.actor.kind,
        features,
        audience,
        template: told.template.as_deref(),
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
