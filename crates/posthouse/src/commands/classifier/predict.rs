//! `posthouse classifier predict`.
//!
//! The whole classifier decides, by the code that the service runs. A model that learnt other
//! fields than tickets have answers them under their own names.

use std::collections::BTreeMap;

use posthouse_classifier::Engine;
use posthouse_domain::ticket::{Classified, PersonalSpan, Reason};
use posthouse_model::{Model, Text};
use posthouse_policy::Policy;
use serde::Serialize;
use serde_json::{Value, json};

use super::embedding::Second;
use super::input::{self, Ticket};
use super::model;
use super::opened::Report;
use crate::cli::classifier::PredictArgs;
use crate::commands::bundle;
use crate::exit::{Error, Exit};
use crate::output::{Field, Output, Table};

/// The fields of a ticket that the classifier decides by itself.
const DECIDED: [&str; 5] = ["category", "kind", "severity", "sentiment", "tags"];

/// What is said of a ticket. The names are a contract.
#[derive(Debug, Serialize)]
struct Predicted {
    id: String,
    category: String,
    kind: String,
    severity: String,
    language: String,
    sentiment: String,
    tags: Vec<String>,
    missing: Vec<String>,
    pii: Vec<Pii>,
    /// How sure the category is, in 0 to 1.
    confidence: f64,
    abstained: bool,
    reasons: Vec<Reason>,
    /// What the model says of fields that tickets do not have.
    #[serde(flatten)]
    others: BTreeMap<String, Value>,
}

/// A span of personal data, in code points of a field.
#[derive(Debug, Serialize)]
struct Pii {
    #[serde(rename = "type")]
    kind: String,
    start: u32,
    end: u32,
    field: String,
}

/// Labels.
pub(super) fn run(args: &PredictArgs, output: &Output) -> Result<Exit, Error> {
    let source = bundle::open(&args.policy)?;
    let policy = bundle::usable(&source, output)?;
    let model = model(args.model.as_deref())?;
    let second = Second::of(&args.second, args.model.as_deref(), &model)?;
    let classifier = Classifier::of(&policy, model, second)?;
    let mut table = Table::new([
        "id", "category", "kind", "severity", "language", "sure", "subject",
    ])
    .right(5);
    for ticket in input::read(&args.input)? {
        let predicted = classifier.predict(&ticket)?;
        if output.json() {
            output.object(&predicted)?;
        } else {
            table.fields(predicted.fields(&ticket));
        }
    }
    if !output.json() {
        output.table(table)?;
    }
    if let Some(second) = &classifier.second {
        second.tell(output);
    }
    Ok(Exit::Done)
}

struct Classifier {
    engine: Engine,
    model: Model,
    second: Option<Second>,
}

impl Classifier {
    fn of(policy: &Policy, model: Model, second: Option<Second>) -> Result<Self, Error> {
        let engine = Engine::of(policy, Some(model.clone())).map_err(|error| {
            Error::usage(format!(
                "use the taxonomy of the bundle: {error} ({})",
                error.code()
            ))
        })?;
        let engine = match &second {
            Some(second) => engine.with_second_opinion(second.reviser()),
            None => engine,
        };
        Ok(Self {
            engine,
            model,
            second,
        })
    }

    fn predict(&self, ticket: &Ticket) -> Result<Predicted, Error> {
        let (opened, declared) = report(ticket).open()?;
        let classified = self.engine.classify(&opened, &[], "", &declared);
        let predicted = Predicted::of(ticket, classified, self.others(ticket));
        self.second.as_ref().map_or(Ok(()), Second::checked)?;
        Ok(predicted)
    }

    /// What the model says of fields that tickets do not have.
    fn others(&self, ticket: &Ticket) -> BTreeMap<String, Value> {
        let is_other = |head: &str| !DECIDED.contains(&head);
        if !self.model.heads().iter().any(|head| is_other(&head.name)) {
            return BTreeMap::new();
        }
        let text = Text {
            subject: &ticket.subject,
            body: &ticket.body,
        };
        let mut said = self.model.predict(&text);
        if let Some(second) = &self.second {
            second.reviser().revise(&self.model, &text, &mut said);
        }
        let mut others: BTreeMap<String, Value> = BTreeMap::new();
        for answer in said.answers.iter().filter(|it| is_other(it.head)) {
            others.insert(
                answer.head.to_owned(),
                json!({
                    "label": answer.label,
                    "confidence": answer.probability,
                    "abstained": answer.abstained,
                }),
            );
        }
        for mark in said.marks.iter().filter(|it| is_other(it.head)) {
            let labels = others.entry(mark.head.to_owned()).or_insert(json!([]));
            if let Value::Array(labels) = labels {
                labels.push(json!({"label": mark.label, "confidence": mark.probability}));
            }
        }
        others
    }
}

fn report(ticket: &Ticket) -> Report {
    Report {
        number: ticket.id(),
        customer: ticket.text("customer").to_owned(),
        subject: ticket.subject.clone(),
        body: ticket.body.clone(),
        severity: ticket.text("severity").parse().ok(),
        tier: ticket.text("tier").to_owned(),
        channel: ticket.text("channel").to_owned(),
        product: ticket.text("product").to_owned(),
        attributes: ticket.attributes(),
    }
}

impl Predicted {
    fn of(ticket: &Ticket, classified: Classified, others: BTreeMap<String, Value>) -> Self {
        let features = classified.features;
        let word = |word: Option<&str>| word.unwrap_or_default().to_owned();
        Self {
            id: ticket.id(),
            category: features.category,
            kind: features.kind,
            severity: word(features.severity.map(|it| it.as_str())),
            language: features.language,
            sentiment: word(features.sentiment.map(|it| it.as_str())),
            tags: features.tags,
            missing: classified.missing,
            pii: classified.personal.into_iter().map(Pii::from).collect(),
            confidence: f64::from(classified.confidence_permille) / 1000.0,
            abstained: features.abstained,
            reasons: classified.reasons,
            others,
        }
    }

    fn fields(&self, ticket: &Ticket) -> [Field; 7] {
        let sure = format!("{:.0} %", self.confidence * 100.0);
        let line = if ticket.subject.is_empty() {
            &ticket.body
        } else {
            &ticket.subject
        };
        [
            self.id.as_str().into(),
            self.category.as_str().into(),
            self.kind.as_str().into(),
            Field::severity(&self.severity),
            self.language.as_str().into(),
            if self.abstained {
                Field::warn(sure)
            } else {
                sure.into()
            },
            line.lines()
                .next()
                .unwrap_or("")
                .chars()
                .take(60)
                .collect::<String>()
                .into(),
        ]
    }
}

impl From<PersonalSpan> for Pii {
    fn from(span: PersonalSpan) -> Self {
        Self {
            kind: span.kind,
            start: span.start,
            end: span.end,
            field: span.field,
        }
    }
}
