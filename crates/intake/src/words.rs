//! Words of senders: shown back to them safely, with the nearest known one, and checked against
//! the words of the policy in force.

use posthouse_domain::classify::Label;
use posthouse_domain::command::{Opening, Problem};
use posthouse_domain::ticket::Labels;
use posthouse_policy::Policy;

use crate::limits::ECHO_CHARS_MAX;

/// How alike two words must be to be offered, from 0 (not at all) to 1 (equal).
const ALIKE_MIN: f64 = 0.5;
/// Most words listed when none is near.
const LISTED_MAX: usize = 12;

/// What was sent, fit to be repeated in an answer or a log: short, one line, in marks.
pub(crate) fn shown(text: &str) -> String {
    format!("`{}`", short(text))
}

/// The same without marks.
pub(crate) fn short(text: &str) -> String {
    let mut kept: String = text
        .chars()
        .filter(|c| !c.is_control())
        .take(ECHO_CHARS_MAX)
        .collect();
    if kept.len() < text.len() {
        kept.push('…');
    }
    kept
}

/// Words that follow the name of a field whose value is none of `known`.
pub(crate) fn unknown<'a>(word: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    format!(
        "is {}, which is not known; {}",
        shown(word),
        hint(word, known)
    )
}

/// The nearest of `known`, else what there is.
pub(crate) fn hint<'a>(word: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    match nearest(word, known.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => listed(known),
    }
}

/// What there is.
fn listed<'a>(known: impl Iterator<Item = &'a str>) -> String {
    let mut listed: Vec<String> = known
        .take(LISTED_MAX + 1)
        .map(|known| format!("`{known}`"))
        .collect();
    if listed.is_empty() {
        return "the policy in force knows none".to_owned();
    }
    if listed.len() > LISTED_MAX {
        listed.truncate(LISTED_MAX);
        listed.push("…".to_owned());
    }
    format!("known: {}", listed.join(", "))
}

/// The one that is alike, if there is one that is more so than all others.
fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Comparing takes time with the square of the length, and no known word is long.
    let word: String = word
        .chars()
        .take(ECHO_CHARS_MAX)
        .flat_map(char::to_lowercase)
        .collect();
    let (mut best, mut nearest) = (ALIKE_MIN, None);
    for known in known {
        let alike = strsim::normalized_damerau_levenshtein(&word, &known.to_lowercase());
        if alike > best {
            (best, nearest) = (alike, Some(known));
        } else if alike.total_cmp(&best).is_eq() {
            nearest = None;
        }
    }
    nearest
}

/// What the policy does not know of the words of an opening. Empty ones are not said, and the
/// product and the language are the customer's own words.
pub(crate) fn check(opening: &Opening, policy: &Policy) -> Vec<Problem> {
    let tiers = policy.tiers.iter().map(String::as_str);
    let channels = policy.channels.iter().map(String::as_str);
    let regions = policy.regions.keys().map(String::as_str);
    let checks = [
        one("region", &opening.region, regions),
        one("tier", &opening.tier, tiers),
        one("channel", &opening.channel, channels),
    ];
    checks.into_iter().flatten().collect()
}

/// What the policy does not know of the labels of a correction. A label that no policy has would be
/// trained on, and no rule would ever match it. Languages are those of the world.
pub(crate) fn check_labels(labels: &Labels, policy: &Policy) -> Vec<Problem> {
    let taxonomy = &policy.taxonomy;
    let words = [
        ("category", labels.category.as_slice(), &taxonomy.categories),
        ("kind", labels.kind.as_slice(), &taxonomy.kinds),
        (
            "tags",
            labels.tags.as_deref().unwrap_or_default(),
            &taxonomy.tags,
        ),
    ];
    words
        .into_iter()
        .flat_map(|(field, said, known)| said.iter().map(move |word| (field, word, known)))
        .filter_map(|(field, word, known)| label(field, word, known))
        .collect()
}

/// A label is a word of the organisation's own, so all of them are named beside the nearest.
fn label(field: &str, word: &str, known: &[Label<String>]) -> Option<Problem> {
    let keys = known.iter().map(|label| label.key.as_str());
    let mut problem = one(field, word, keys.clone())?;
    if nearest(word, keys.clone()).is_some() {
        problem.what.push(' ');
        problem.what.push_str(&listed(keys));
    }
    Some(problem)
}

fn one<'a>(
    field: &str,
    word: &str,
    mut known: impl Iterator<Item = &'a str> + Clone,
) -> Option<Problem> {
    let again = known.clone();
    if word.is_empty() || known.any(|known| known == word) {
        return None;
    }
    Some(Problem {
        field: field.to_owned(),
        what: unknown(word, again),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_offered_else_all() {
        let known = ["gold", "silver"];
        assert_eq!(hint("Gold", known.into_iter()), "did you mean `gold`?");
        assert_eq!(hint("P9", ["P0", "P1"].into_iter()), "known: `P0`, `P1`");
        assert_eq!(hint("zzzzzz", known.into_iter()), "known: `gold`, `silver`");
        let none: [&str; 0] = [];
        assert_eq!(
            hint("x", none.into_iter()),
            "the policy in force knows none"
        );
    }

    #[test]
    fn what_is_repeated_is_short_and_printable() {
        assert_eq!(shown("a\u{1b}[31mb"), "`a[31mb…`");
        assert!(shown(&"é".repeat(100_000)).chars().count() < 70);
    }

    #[test]
    fn the_taxonomy_knows_its_labels() {
        let policy = Policy::shipped("default").unwrap();
        let mut labels = Labels {
            category: Some("network".into()),
            kind: Some("incident".into()),
            tags: Some(Vec::new()),
            ..Labels::default()
        };
        assert_eq!(check_labels(&labels, &policy), []);
        labels.category = Some("netwrok".into());
        labels.kind = Some("rant".into());
        labels.tags = Some(vec!["no such tag".into()]);
        let problems: Vec<String> = check_labels(&labels, &policy)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(problems.len(), 3, "{problems:?}");
        assert!(
            problems[0].starts_with(
                "category is `netwrok`, which is not known; did you mean `network`? known: `"
            ),
            "{problems:?}"
        );
        assert!(problems[0].contains("`storage`"), "{problems:?}");
        assert!(
            problems[1].starts_with("kind is `rant`, which is not known; "),
            "{problems:?}"
        );
        assert!(
            problems[2].starts_with("tags is `no such tag`"),
            "{problems:?}"
        );
    }

    #[test]
    fn the_policy_knows_its_words() {
        let policy = Policy::shipped("default").unwrap();
        let mut opening = Opening {
            tier: "gold".into(),
            ..Opening::default()
        };
        assert_eq!(check(&opening, &policy), []);
        opening.tier = "glod".into();
        opening.channel = "emial".into();
        opening.region = "cn-nort".into();
        let problems: Vec<String> = check(&opening, &policy)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            problems,
            [
                "region is `cn-nort`, which is not known; did you mean `cn-north`?",
                "tier is `glod`, which is not known; did you mean `gold`?",
                "channel is `emial`, which is not known; did you mean `email`?",
            ]
        );
    }
}
