//! The ticket to explain, from JSON.

use std::collections::BTreeMap;
use std::path::Path;

use posthouse_domain::command::{Command, CommandBody, Opening};
use posthouse_domain::ticket::{Contact, Sentiment, Severity};
use posthouse_policy::Policy;
use posthouse_runtime::config::Region;
use serde::Deserialize;
use serde_json::Value;

use crate::exit::Error;
use crate::words;

/// A ticket and the labels that are given rather than found.
#[derive(Debug)]
pub(in crate::commands) struct Asked {
    /// The region whose log it enters.
    pub(in crate::commands) region: String,
    /// What the customer sends.
    pub(in crate::commands) opening: Opening,
    /// Labels set by hand.
    pub(in crate::commands) labels: Labels,
}

/// What `POST /v1/tickets` takes, and labels.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Submission {
    customer: String,
    subject: String,
    body: String,
    severity: Option<String>,
    region: String,
    tier: String,
    channel: String,
    language: String,
    product: String,
    attributes: BTreeMap<String, String>,
    contact: Option<ContactFields>,
    features: Labels,
    /// What samples say of themselves; looked at by nobody.
    expected: Value,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ContactFields {
    name: String,
    email: String,
    phone: String,
}

/// Labels set by hand; those that are not set are found in the text.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::commands) struct Labels {
    pub(super) category: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) severity: Option<String>,
    pub(super) sentiment: Option<String>,
    pub(super) language: Option<String>,
    pub(super) tags: Option<Vec<String>>,
}

/// Reads the ticket and checks it as the HTTP door would. `source` is where the text came from, as
/// the command line named it.
///
/// # Errors
///
/// [`crate::exit::Exit::Usage`], with everything that is wrong.
pub(in crate::commands) fn ticket(
    source: &Path,
    text: &str,
    policy: &Policy,
    region: Option<&str>,
) -> Result<Asked, Error> {
    let source = if source.as_os_str() == "-" {
        "standard input".into()
    } else {
        source.to_string_lossy()
    };
    let wrong = |why: String| Error::usage(format!("read the ticket of {source}: {why}"));
    let submission: Submission = serde_json::from_str(text).map_err(|error| {
        let why = error.to_string();
        let error = wrong(why.clone());
        match nearest_field(&why) {
            Some(hint) => error.hint(hint),
            None => error,
        }
    })?;
    check_words(&submission, policy)?;
    let region = region_of(&submission, policy, region)?;
    let contact = submission.contact.unwrap_or_default();
    let opening = Opening {
        // Nobody is asked for a key only to see where a text would go.
        customer: or(submission.customer, "c-example"),
        subject: submission.subject,
        body: submission.body,
        severity: read_severity(submission.severity.as_deref())?,
        region: submission.region,
        tier: submission.tier,
        channel: submission.channel,
        language: submission.language,
        product: submission.product,
        attributes: submission.attributes,
        contact: Contact {
            name: contact.name,
            email: contact.email,
            phone: contact.phone,
        },
    };
    let body = CommandBody::Open(opening.clone());
    let command = Command {
        id: None,
        asked_at: None,
        actor: None,
        body,
    };
    command.check().map_err(|problems| {
        let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
        wrong(told.join("; "))
    })?;
    Ok(Asked {
        region,
        opening,
        labels: submission.features,
    })
}

fn or(text: String, default: &str) -> String {
    if text.is_empty() {
        default.to_owned()
    } else {
        text
    }
}

/// Refuses keys that the bundle does not know.
fn check_words(submission: &Submission, policy: &Policy) -> Result<(), Error> {
    let keys = |labels: &[posthouse_domain::classify::Label<String>]| -> Vec<String> {
        labels.iter().map(|label| label.key.clone()).collect()
    };
    let labels = &submission.features;
    let label = |label: &Option<String>| label.clone().unwrap_or_default();
    one_of("tier", &submission.tier, &policy.tiers)?;
    one_of("channel", &submission.channel, &policy.channels)?;
    one_of(
        "category",
        &label(&labels.category),
        &keys(&policy.taxonomy.categories),
    )?;
    one_of("kind", &label(&labels.kind), &keys(&policy.taxonomy.kinds))?;
    let tags = keys(&policy.taxonomy.tags);
    labels
        .tags
        .iter()
        .flatten()
        .try_for_each(|tag| one_of("tag", tag, &tags))
}

fn one_of(what: &str, word: &str, known: &[String]) -> Result<(), Error> {
    if word.is_empty() || known.iter().any(|known| known == word) {
        return Ok(());
    }
    let hint = words::suggestion(word, known.iter().map(String::as_str));
    Err(Error::usage(format!("find {what} `{word}` in the bundle")).hint(hint))
}

/// The region of the log: the one asked for, else the ticket's own, else the usual one.
fn region_of(
    submission: &Submission,
    policy: &Policy,
    asked: Option<&str>,
) -> Result<String, Error> {
    let known: Vec<String> = policy.regions.keys().cloned().collect();
    one_of("region", &submission.region, &known)?;
    one_of("region", asked.unwrap_or_default(), &known)?;
    let own = (!submission.region.is_empty()).then_some(submission.region.as_str());
    // `posthouse up` serves this one when nobody says otherwise.
    let usual = Region::default().key;
    let usual = known
        .iter()
        .find(|key| **key == usual)
        .or(known.first())
        .map(String::as_str);
    let region = asked.or(own).or(usual);
    region
        .map(str::to_owned)
        .ok_or_else(|| Error::usage("choose a region: the bundle has none"))
}

/// Reads a severity.
///
/// # Errors
///
/// [`crate::exit::Exit::Usage`] for another word.
pub(super) fn read_severity(word: Option<&str>) -> Result<Option<Severity>, Error> {
    let known = Severity::ALL.map(Severity::as_str);
    word.map(|word| word.parse().map_err(|_| unknown("severity", word, &known)))
        .transpose()
}

/// Reads a sentiment.
///
/// # Errors
///
/// [`crate::exit::Exit::Usage`] for another word.
pub(super) fn read_sentiment(word: Option<&str>) -> Result<Option<Sentiment>, Error> {
    let known = Sentiment::ALL.map(Sentiment::as_str);
    word.map(|word| word.parse().map_err(|_| unknown("sentiment", word, &known)))
        .transpose()
}

fn unknown(what: &str, word: &str, known: &[&str]) -> Error {
    let hint = words::suggestion(word, known.iter().copied());
    Error::usage(format!("read {what} `{word}`")).hint(hint)
}

/// The field that was probably meant, from the parser's words: ``unknown field `a`, expected one
/// of `b`, `c` ``.
fn nearest_field(why: &str) -> Option<String> {
    let mut quoted = why
        .strip_prefix("unknown field ")?
        .split('`')
        .skip(1)
        .step_by(2);
    let word = quoted.next()?;
    let nearest = words::nearest(word, quoted)?;
    Some(format!("did you mean `{nearest}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Asked, String> {
        let policy = Policy::shipped("default").unwrap();
        ticket(Path::new("t.json"), text, &policy, None).map_err(|error| match error {
            Error::Failed(failure) => {
                format!("{} {}", failure.message, failure.hint.unwrap_or_default())
            }
            Error::PipeClosed => String::new(),
        })
    }

    #[test]
    fn what_is_wrong_is_said_with_the_nearest_word() {
        for (text, wrong) in [
            ("no json", "read the ticket of t.json: expected"),
            (
                r#"{"subject":"s","custmer":"c"}"#,
                "did you mean `customer`?",
            ),
            (
                r#"{"subject":"s","tier":"platinm"}"#,
                "did you mean `platinum`?",
            ),
            (r#"{"subject":"s","severity":"P9"}"#, "read severity `P9`"),
            (
                r#"{"subject":"s","features":{"category":"netwrk"}}"#,
                "did you mean `network`?",
            ),
            (r#"{"subject":""}"#, "subject is empty"),
            (r#"{"subject":7}"#, "invalid type"),
        ] {
            let told = read(text).unwrap_err();
            assert!(told.contains(wrong), "{text}: {told}");
        }
    }

    #[test]
    fn samples_are_tickets() {
        let asked = read(r#"{"subject":"s","expected":{"category":"x"}}"#).unwrap();
        assert_eq!(asked.opening.customer, "c-example");
        assert!(!asked.region.is_empty());
    }
}
