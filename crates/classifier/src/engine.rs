//! The engine: brings the labels of one ticket together, with a reason for each.
//!
//! # The text
//!
//! The headline is the product's name and the subject, then come the body and later replies. All
//! of it is folded into one text that is read once.
//!
//! # Category
//!
//! The contest of words decides (rule `words`). Where no word speaks for any category, the ticket
//! is `out_of_scope`, if the taxonomy has that category and four signs agree (rule
//! `nothing_speaks`): no product is named, no attribute is attached, words of the taxonomy tell
//! that the customer asks for something (so it knows the language), and none that something is
//! broken. Otherwise the taxonomy's default holds (rule `default`).
//!
//! A named product speaks against `out_of_scope` as well: a hotel that reports a broken load
//! balancer writes of rooms and bookings.
//!
//! Confidence is how far the winner is ahead, in thousandths:
//!
//! ```text
//! 1000 * (score - runner_up) / (score + runner_up + 4)
//! ```
//!
//! Nearly 1000 for many words and no rival, 200 for a single weak word, 0 for a tie and for the
//! default. It orders tickets by how much a person should look; it is not a probability.
//!
//! # Missing information
//!
//! Asked for where something is broken; questions and requests have no time and no error message.

use posthouse_domain::classify::{Label, Taxonomy};
use posthouse_domain::limits::TAGS_MAX;
use posthouse_domain::ticket::{Classified, Features, Opened, Reason, Sentiment, Severity};
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::fold::fold_into;
use crate::information::Information;
use crate::language;
use crate::severity;
use crate::words::{Builder, Tally, Winner, Words};

/// The contests, in the order in which the engine begins them; the tags follow, one contest each.
const CATEGORY: usize = 0;
const KIND: usize = 1;
const SEVERITY: usize = 2;
const SENTIMENT: usize = 3;
const TAGS: usize = 4;

/// The category of what is none of our business.
const OUT_OF_SCOPE: &str = "out_of_scope";
/// How many points a named product speaks against [`OUT_OF_SCOPE`].
const PRODUCT_NAMED: i32 = 10;
/// Damps the confidence of few words; see the module.
const CONFIDENCE_DAMPING: i32 = 4;

/// Labels tickets by the words of a taxonomy.
#[derive(Debug)]
pub struct Engine {
    version: String,
    words: Words,
    categories: Vec<String>,
    kinds: Vec<String>,
    severities: Vec<Severity>,
    sentiments: Vec<Sentiment>,
    tags: Vec<String>,
    category_default: String,
    kind_default: String,
    severity_default: Option<Severity>,
    information: Information,
}

/// A ticket's text, folded.
struct Text {
    folded: String,
    /// How many bytes of it are headline.
    headline: usize,
}

impl Engine {
    /// Compiles a taxonomy.
    ///
    /// # Errors
    ///
    /// Any [`Error`]: a word, weight or pattern that cannot be used, too many of them, or a
    /// category that asks for unknown information.
    pub fn compile(taxonomy: &Taxonomy) -> Result<Self, Error> {
        let mut words = Builder::default();
        add(&mut words, "category", &taxonomy.categories, Clone::clone)?;
        add(&mut words, "kind", &taxonomy.kinds, Clone::clone)?;
        add(
            &mut words,
            "severity",
            &taxonomy.severities,
            Severity::to_string,
        )?;
        add(
            &mut words,
            "sentiment",
            &taxonomy.sentiments,
            Sentiment::to_string,
        )?;
        for tag in &taxonomy.tags {
            add(&mut words, "tag", std::slice::from_ref(tag), Clone::clone)?;
        }
        Ok(Self {
            version: version(taxonomy),
            words: words.build()?,
            categories: keys(&taxonomy.categories),
            kinds: keys(&taxonomy.kinds),
            severities: keys(&taxonomy.severities),
            sentiments: keys(&taxonomy.sentiments),
            tags: keys(&taxonomy.tags),
            category_default: taxonomy.category_default.clone(),
            kind_default: taxonomy.kind_default.clone(),
            severity_default: taxonomy.severity_default,
            information: Information::compile(taxonomy)?,
        })
    }

    /// What decides: `rules-1` and the first twelve hexadecimal digits of the taxonomy's SHA-256.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Labels a ticket.
    ///
    /// `extra_text` is what the customer wrote later, in order. `region_language` is the language
    /// of the ticket's region (BCP 47, may be empty). The result's features are `declared` with
    /// language, severity, category, kind, sentiment and tags set.
    #[must_use]
    pub fn classify(
        &self,
        opened: &Opened,
        extra_text: &[&str],
        region_language: &str,
        declared: &Features,
    ) -> Classified {
        let text = Text::of(opened, extra_text);
        let mut tally = self.words.tally(&text.folded, text.headline);
        let mut reasons = Vec::with_capacity(8);

        let language = self.language(opened, extra_text, region_language, &mut reasons);
        let (category, confidence_permille) = self.category(&mut tally, opened, &mut reasons);
        let kind = self.kind(&tally, &mut reasons);
        let severity = self.severity(&mut tally, opened.severity, &category, &kind, &mut reasons);
        let sentiment = self.sentiment(&tally, &mut reasons);
        let tags = self.tags(&tally, &mut reasons);
        let missing = if severity::is_asking(&kind) {
            Vec::new()
        } else {
            self.information
                .missing(&category, &text.folded, &opened.attributes)
        };
        Classified {
            features: Features {
                language,
                severity: Some(severity),
                category,
                kind,
                sentiment: Some(sentiment),
                tags,
                ..declared.clone()
            },
            missing,
            confidence_permille,
            model: self.version.clone(),
            reasons,
            personal: Vec::new(),
            similar: Vec::new(),
            signals: Vec::new(),
        }
    }

    fn language(
        &self,
        opened: &Opened,
        extra_text: &[&str],
        home: &str,
        reasons: &mut Vec<Reason>,
    ) -> String {
        let parts: Vec<&str> = [opened.subject.as_str(), opened.body.as_str()]
            .into_iter()
            .chain(extra_text.iter().copied())
            .collect();
        let told = language::tell(&parts, &opened.language, home);
        reasons.push(reason("language", &told.language, told.rule, told.evidence));
        told.language
    }

    fn category(
        &self,
        tally: &mut Tally<'_>,
        opened: &Opened,
        reasons: &mut Vec<Reason>,
    ) -> (String, u16) {
        let foreign = self
            .categories
            .iter()
            .position(|category| category == OUT_OF_SCOPE);
        if let Some(label) = foreign
            && !opened.product.is_empty()
        {
            tally.head_start(CATEGORY, label, -PRODUCT_NAMED);
        }
        let winner = tally.winner(CATEGORY);
        if winner.is_none() && foreign.is_some() && self.is_foreign(tally, opened) {
            reasons.push(reason(
                "category",
                OUT_OF_SCOPE,
                "nothing_speaks",
                String::new(),
            ));
            return (OUT_OF_SCOPE.to_owned(), 0);
        }
        let category = pick(winner, &self.categories, &self.category_default);
        reasons.push(by_words("category", &category, CATEGORY, winner, tally));
        (category, winner.map_or(0, confidence_permille))
    }

    /// Whether a ticket for which no category's word speaks is none of our business.
    fn is_foreign(&self, tally: &Tally<'_>, opened: &Opened) -> bool {
        let Some(kind) = tally.winner(KIND) else {
            return false;
        };
        let by_a_word = tally
            .evidence(KIND, kind.label)
            .chars()
            .any(char::is_alphabetic);
        let asks = severity::is_asking(&self.kinds[kind.label]);
        asks && by_a_word && opened.product.is_empty() && opened.attributes.is_empty()
    }

    fn kind(&self, tally: &Tally<'_>, reasons: &mut Vec<Reason>) -> String {
        let winner = tally.winner(KIND);
        let kind = pick(winner, &self.kinds, &self.kind_default);
        reasons.push(by_words("kind", &kind, KIND, winner, tally));
        kind
    }

    fn severity(
        &self,
        tally: &mut Tally<'_>,
        declared: Option<Severity>,
        category: &str,
        kind: &str,
        reasons: &mut Vec<Reason>,
    ) -> Severity {
        let place = |wanted| {
            self.severities
                .iter()
                .position(|severity| *severity == wanted)
        };
        let usual = severity::usual(kind, category == OUT_OF_SCOPE, self.severity_default);
        if let Some(label) = place(usual) {
            tally.head_start(SEVERITY, label, severity::USUAL_HEAD_START);
        }
        let measured = tally
            .winner(SEVERITY)
            .map_or(usual, |winner| self.severities[winner.label]);
        let evidence =
            place(measured).map_or_else(String::new, |label| tally.evidence(SEVERITY, label));
        let decided = severity::decide(declared, measured, !evidence.is_empty());
        reasons.push(reason(
            "severity",
            decided.severity.as_str(),
            decided.rule,
            evidence,
        ));
        decided.severity
    }

    fn sentiment(&self, tally: &Tally<'_>, reasons: &mut Vec<Reason>) -> Sentiment {
        let winner = tally.winner(SENTIMENT);
        let sentiment = winner.map_or(Sentiment::Neutral, |winner| self.sentiments[winner.label]);
        reasons.push(by_words(
            "sentiment",
            sentiment.as_str(),
            SENTIMENT,
            winner,
            tally,
        ));
        sentiment
    }

    fn tags(&self, tally: &Tally<'_>, reasons: &mut Vec<Reason>) -> Vec<String> {
        let mut tags = Vec::new();
        for (index, tag) in self.tags.iter().enumerate() {
            let winner = tally.winner(TAGS + index);
            if winner.is_some() && tags.len() < TAGS_MAX {
                reasons.push(by_words("tag", tag, TAGS + index, winner, tally));
                tags.push(tag.clone());
            }
        }
        tags
    }
}

impl Text {
    fn of(opened: &Opened, extra_text: &[&str]) -> Self {
        let mut folded =
            String::with_capacity(opened.subject.len() + opened.body.len() + opened.body.len() / 8);
        // Folded text has no line breaks of its own, so no word reaches over one.
        for part in [&opened.product, &opened.subject] {
            fold_into(part, &mut folded);
            folded.push('\n');
        }
        let headline = folded.len();
        fold_into(&opened.body, &mut folded);
        for part in extra_text {
            folded.push('\n');
            fold_into(part, &mut folded);
        }
        Self { folded, headline }
    }
}

/// Begins a contest between `labels` and adds their words.
fn add<K>(
    words: &mut Builder,
    field: &str,
    labels: &[Label<K>],
    name: impl Fn(&K) -> String,
) -> Result<(), Error> {
    let contest = words.contest(labels.len());
    for (index, label) in labels.iter().enumerate() {
        let name = format!("{field} {}", name(&label.key));
        for word in &label.words {
            words.add(contest, index, &name, word)?;
        }
    }
    Ok(())
}

fn keys<K: Clone>(labels: &[Label<K>]) -> Vec<K> {
    labels.iter().map(|label| label.key.clone()).collect()
}

fn version(taxonomy: &Taxonomy) -> String {
    let text = serde_json::to_vec(taxonomy).expect("a taxonomy has text keys only");
    let digest = Sha256::digest(&text);
    let short: String = digest[..6]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("rules-1 {short}")
}

fn confidence_permille(winner: Winner) -> u16 {
    let ahead = i64::from(winner.score - winner.runner_up);
    let of = i64::from(winner.score) + i64::from(winner.runner_up) + i64::from(CONFIDENCE_DAMPING);
    u16::try_from(1000 * ahead / of).expect("the margin is at most the sum")
}

fn pick(winner: Option<Winner>, labels: &[String], default: &str) -> String {
    winner.map_or_else(|| default.to_owned(), |winner| labels[winner.label].clone())
}

fn by_words(
    field: &str,
    value: &str,
    contest: usize,
    winner: Option<Winner>,
    tally: &Tally<'_>,
) -> Reason {
    match winner {
        Some(winner) => reason(field, value, "words", tally.evidence(contest, winner.label)),
        None => reason(field, value, "default", String::new()),
    }
}

fn reason(field: &str, value: &str, rule: &str, evidence: String) -> Reason {
    Reason {
        field: field.to_owned(),
        value: value.to_owned(),
        rule: rule.to_owned(),
        evidence,
    }
}
