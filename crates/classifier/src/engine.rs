//! The engine: brings the labels of one ticket together, with a reason for each.
//!
//! # The text
//!
//! For words and patterns, the headline is the product's name and the subject, then come the body
//! and later replies. All of it is folded into one text that is read once. The model reads subject
//! and body as they are.
//!
//! # The order
//!
//! Words and model say what they have to say; rules see the ticket with the labels that follow
//! from that, and say what they have to say; then each label is decided anew with the rules, by
//! the order of `combine.rs`. Severity comes last, because kind and category have a part in it.
//!
//! # Category
//!
//! Where neither rules nor model nor words speak for any category, the ticket is `out_of_scope`,
//! if the taxonomy has that category and four signs agree (rule `nothing_speaks`): no product is
//! named, no attribute is attached, words of the taxonomy tell that the customer asks for
//! something (so it knows the language), and none that something is broken. Otherwise the
//! taxonomy's default holds, and the ticket is marked: the classifier abstained.
//!
//! A named product speaks against `out_of_scope` as well: a hotel that reports a broken load
//! balancer writes of rooms and bookings.
//!
//! The confidence of words is how far the winner is ahead, in thousandths:
//!
//! ```text
//! 1000 * (score - runner_up) / (score + runner_up + 4)
//! ```
//!
//! Nearly 1000 for many words and no rival, 200 for a single weak word, 0 for a tie and for the
//! default. It orders tickets by how much a person should look; where the model decided it is a
//! calibrated probability instead.
//!
//! # Missing information
//!
//! Asked for where something is broken; questions and requests have no time and no error message.

use std::sync::Arc;

use posthouse_domain::classify::{Label, LabelRules, ModelUse, Taxonomy};
use posthouse_domain::limits::cut;
use posthouse_domain::ticket::{
    Classified, Features, InfoRequested, Opened, Reason, Sentiment, Severity,
};
use posthouse_model::{Model, Revise};
use posthouse_policy::Policy;
use sha2::{Digest, Sha256};

use crate::ask::Questions;
use crate::combine::{self, Claims, Decided, Spoken, reason};
use crate::error::Error;
use crate::fold::{fold, fold_into};
use crate::information::Information;
use crate::language;
use crate::limits::EVIDENCE_CHARS_MAX;
use crate::personal;
use crate::rules::{Rules, Ruling, Says};
use crate::severity::{self, Measuring};
use crate::signals::Signals;
use crate::voter::{Voter, Votes};
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

/// Labels tickets by the words of a taxonomy, its rules, and a model.
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
    questions: Questions,
    signals: Signals,
    rules: Rules,
    voter: Option<Voter>,
    /// How sure a model has to be.
    terms: ModelUse,
}

/// A ticket's text, folded.
struct Text {
    folded: String,
    /// How many bytes of it are headline.
    headline: usize,
}

/// What all parts say of one ticket.
struct Heard<'e> {
    tally: Tally<'e>,
    votes: Option<Votes<'e>>,
}

/// The labels that are decided by the order of `combine.rs`.
struct Labelled {
    category: Decided,
    kind: Decided,
    sentiment: Decided,
    tags: Vec<Reason>,
}

impl Engine {
    /// Compiles what a policy says about labels; `model` votes beside the words, if there is one.
    ///
    /// # Errors
    ///
    /// As [`Self::compile`], and those of the rules' patterns.
    pub fn of(policy: &Policy, model: Option<Model>) -> Result<Self, Error> {
        let engine = Self::compile(&policy.taxonomy)?.with_rules(&policy.label_rules)?;
        Ok(match model {
            Some(model) => engine.with_model(model),
            None => engine,
        })
    }

    /// Compiles a taxonomy alone: words decide.
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
        let signals = Signals::compile(&mut words, &taxonomy.signals)?;
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
            questions: Questions::of(taxonomy),
            signals,
            rules: Rules::default(),
            voter: None,
            terms: taxonomy.model.clone(),
        })
    }

    /// The same with rules.
    ///
    /// # Errors
    ///
    /// [`Error::TooManyPatterns`] or [`Error::Pattern`].
    pub fn with_rules(self, rules: &LabelRules) -> Result<Self, Error> {
        let rules = Rules::compile(rules)?;
        Ok(Self { rules, ..self })
    }

    /// The same with a model that votes beside the words.
    #[must_use]
    pub fn with_model(self, model: Model) -> Self {
        let voter = Voter::new(model, self.terms.clone());
        Self {
            version: format!("{} {}", self.version, voter.model().id()),
            voter: Some(voter),
            ..self
        }
    }

    /// The same with somebody who is asked where the model is unsure. For one who looks on: a
    /// service must decide alike on every machine, and asks nobody.
    #[must_use]
    pub fn with_second_opinion(self, second: Arc<dyn Revise>) -> Self {
        let voter = self.voter.map(|voter| voter.with_second(second));
        Self { voter, ..self }
    }

    /// The model that votes, if one does.
    #[must_use]
    pub fn model(&self) -> Option<&Model> {
        self.voter.as_ref().map(Voter::model)
    }

    /// What decides: `rules-1`, the first twelve hexadecimal digits of the taxonomy's SHA-256, and
    /// the content address of the model, if one votes.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Labels a ticket.
    ///
    /// `extra_text` is what the customer wrote later, in order. `region_language` is the language
    /// of the ticket's region (BCP 47, may be empty). The result's features are `declared` with
    /// language, severity, category, kind, sentiment, tags and abstention set.
    #[must_use]
    pub fn classify(
        &self,
        opened: &Opened,
        extra_text: &[&str],
        region_language: &str,
        declared: &Features,
    ) -> Classified {
        let text = Text::of(opened, extra_text);
        let mut heard = self.listen(opened, extra_text, &text);
        let mut reasons = Vec::with_capacity(8);
        let language = self.language(opened, extra_text, region_language, &mut reasons);
        let signals = self.signals.tell(&heard.tally);
        let mut features = Features {
            excerpt: personal::masked_excerpt(opened, declared),
            language,
            signals: signals.iter().map(|signal| signal.key.clone()).collect(),
            ..declared.clone()
        };
        let labelled = self.label(&heard, opened, &Ruling::default());
        labelled.set_on(&mut features);
        let ruling = self.rules.judge(&features, &text.folded);
        let labelled = match ruling == Ruling::default() {
            true => labelled,
            false => self.label(&heard, opened, &ruling),
        };
        labelled.set_on(&mut features);
        let severity = self.severity(&mut heard, opened.severity, &features, &ruling);
        features.severity = Some(severity.0);
        let missing = if severity::is_asking(&features.kind) {
            Vec::new()
        } else {
            self.information
                .missing(&features.category, &text.folded, &opened.attributes)
        };
        let confidence_permille = labelled.category.permille;
        reasons.extend([labelled.category.reason, labelled.kind.reason, severity.1]);
        reasons.push(labelled.sentiment.reason);
        reasons.extend(labelled.tags);
        Classified {
            features,
            missing,
            confidence_permille,
            model: self.version.clone(),
            reasons,
            personal: personal::spans(opened, extra_text),
            similar: Vec::new(),
            signals,
        }
    }

    /// What to ask the customer, after a classification; nothing where nothing is missing, or
    /// nobody wrote questions for it. `region_language` as in [`Self::classify`].
    #[must_use]
    pub fn ask(&self, classified: &Classified, region_language: &str) -> Option<InfoRequested> {
        let language = &classified.features.language;
        self.questions
            .ask(&classified.missing, language, region_language)
    }

    /// Which of `missing` a reply gives after all, each with what was seen of it.
    #[must_use]
    pub fn given<'m>(&self, missing: &'m [String], reply: &str) -> Vec<(&'m str, String)> {
        let reply = fold(reply);
        let seen = |key: &'m String| {
            let chosen = self.questions.chosen(key, &reply).map(str::to_owned);
            let seen = chosen.or_else(|| self.information.seen(key, &reply))?;
            Some((key.as_str(), cut(seen.trim(), EVIDENCE_CHARS_MAX)))
        };
        missing.iter().filter_map(seen).collect()
    }

    fn listen(&self, opened: &Opened, extra_text: &[&str], text: &Text) -> Heard<'_> {
        let mut tally = self.words.tally(&text.folded, text.headline);
        if let Some(label) = self.place_of_foreign()
            && !opened.product.is_empty()
        {
            tally.head_start(CATEGORY, label, -PRODUCT_NAMED);
        }
        let votes = self
            .voter
            .as_ref()
            .map(|voter| voter.hear(&opened.subject, &opened.body, extra_text));
        Heard { tally, votes }
    }

    /// Decides all labels but language and severity.
    fn label(&self, heard: &Heard<'_>, opened: &Opened, ruling: &Ruling) -> Labelled {
        let category = Claims {
            vetoed: combine::vetoed(ruling, |veto| veto.category.as_deref()),
            forced: ruling.force.category.as_ref(),
            suggested: ruling.suggest.category.as_ref(),
            ..self.claims(heard, "category", CATEGORY, &self.categories)
        };
        let kind = Claims {
            vetoed: combine::vetoed(ruling, |veto| veto.kind.as_deref()),
            forced: ruling.force.kind.as_ref(),
            suggested: ruling.suggest.kind.as_ref(),
            ..self.claims(heard, "kind", KIND, &self.kinds)
        };
        let may_be_foreign = !category.vetoed.contains(&OUT_OF_SCOPE);
        let mut category = category.decide();
        if category.by_default && may_be_foreign && self.is_foreign(&heard.tally, opened) {
            let why = reason("category", OUT_OF_SCOPE, "nothing_speaks", String::new());
            category = Decided {
                reason: why,
                permille: 0,
                by_default: false,
            };
        }
        Labelled {
            category,
            kind: kind.decide(),
            sentiment: self.sentiment(heard, ruling),
            tags: self.tags(heard, ruling),
        }
    }

    /// What model and words say of a label that has one value.
    fn claims<'h>(
        &'h self,
        heard: &'h Heard<'_>,
        field: &'static str,
        contest: usize,
        labels: &'h [String],
    ) -> Claims<'h> {
        let spoken = |winner: Winner| Spoken {
            label: labels[winner.label].clone(),
            permille: confidence_permille(winner),
            evidence: heard.tally.evidence(contest, winner.label),
        };
        let default = match contest {
            CATEGORY => self.category_default.as_str(),
            _ => self.kind_default.as_str(),
        };
        let votes = heard.votes.as_ref();
        let is_known = |label: &str| labels.iter().any(|known| known == label);
        Claims {
            field,
            model: votes.and_then(|votes| votes.one(field, is_known)),
            words: heard.tally.winner(contest).map(spoken),
            default,
            ..Claims::default()
        }
    }

    fn sentiment(&self, heard: &Heard<'_>, ruling: &Ruling) -> Decided {
        let labels: Vec<String> = self.sentiments.iter().map(ToString::to_string).collect();
        let word = |says: &Says<Sentiment>| Says {
            value: says.value.to_string(),
            by: says.by.clone(),
            evidence: says.evidence.clone(),
        };
        let forced = ruling.force.sentiment.as_ref().map(word);
        let suggested = ruling.suggest.sentiment.as_ref().map(word);
        Claims {
            vetoed: combine::vetoed(ruling, |veto| veto.sentiment.map(Sentiment::as_str)),
            forced: forced.as_ref(),
            suggested: suggested.as_ref(),
            default: Sentiment::Neutral.as_str(),
            ..self.claims(heard, "sentiment", SENTIMENT, &labels)
        }
        .decide()
    }

    fn tags(&self, heard: &Heard<'_>, ruling: &Ruling) -> Vec<Reason> {
        let spoken = self.tags.iter().enumerate().filter_map(|(index, tag)| {
            let winner = heard.tally.winner(TAGS + index)?;
            let evidence = heard.tally.evidence(TAGS + index, winner.label);
            Some((tag.clone(), evidence))
        });
        let votes = heard.votes.as_ref();
        let marked =
            votes.map(|votes| votes.many("tags", |tag| self.tags.iter().any(|it| it == tag)));
        combine::tags(spoken.collect(), marked, ruling)
    }

    fn severity(
        &self,
        heard: &mut Heard<'_>,
        declared: Option<Severity>,
        features: &Features,
        ruling: &Ruling,
    ) -> (Severity, Reason) {
        let foreign = features.category == OUT_OF_SCOPE;
        let votes = heard.votes.as_ref();
        let voted = votes.and_then(|votes| {
            let (name, vote) = votes.one("severity", |label| label.parse::<Severity>().is_ok())?;
            let severity = vote.label.parse().ok()?;
            (!vote.abstained).then_some((name.to_owned(), severity, vote.permille))
        });
        Measuring {
            tally: &mut heard.tally,
            contest: SEVERITY,
            severities: &self.severities,
            usual: severity::usual(&features.kind, foreign, self.severity_default),
            voted,
            ruling,
        }
        .decide(declared)
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
        let evidence = told.explained();
        reasons.push(reason("language", &told.language, told.rule, evidence));
        told.language
    }

    fn place_of_foreign(&self) -> Option<usize> {
        let mut categories = self.categories.iter();
        categories.position(|category| category == OUT_OF_SCOPE)
    }

    /// Whether a ticket for which nothing speaks is none of our business.
    fn is_foreign(&self, tally: &Tally<'_>, opened: &Opened) -> bool {
        let Some(kind) = tally.winner(KIND) else {
            return false;
        };
        let by_a_word = tally
            .evidence(KIND, kind.label)
            .chars()
            .any(char::is_alphabetic);
        let asks = severity::is_asking(&self.kinds[kind.label]);
        let is_bare = opened.product.is_empty() && opened.attributes.is_empty();
        self.place_of_foreign().is_some() && asks && by_a_word && is_bare
    }
}

impl Labelled {
    fn set_on(&self, features: &mut Features) {
        features.category.clone_from(&self.category.reason.value);
        features.kind.clone_from(&self.kind.reason.value);
        features.sentiment = self.sentiment.reason.value.parse().ok();
        let tags = self.tags.iter();
        features.tags = tags.map(|reason| reason.value.clone()).collect();
        features.abstained = self.category.by_default;
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
