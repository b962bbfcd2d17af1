//! `posthouse classifier review`: the tickets that teach most when a person looks at them.
//!
//! Where two models disagree at least one is wrong, and where a model is near the line between two
//! labels its next training moves that line: such tickets teach more than those of which everybody
//! is sure.

use posthouse_classifier::shadow::agreement;
use posthouse_model::{Model, Text};
use serde::Serialize;

use super::from_log::{self, Told};
use super::store::Region;
use crate::cli::classifier::models::ReviewArgs;
use crate::exit::{Error, Exit};
use crate::output::{Output, Table};

/// The head by which uncertainty is told.
const HEAD: &str = "category";
/// How much of a subject people are shown, in characters.
const SUBJECT_CHARS_MAX: usize = 48;

/// A ticket worth a look.
#[derive(Debug, Serialize)]
struct Candidate {
    number: String,
    ticket_id: String,
    subject: String,
    /// The category as it stands.
    category: String,
    /// How far the model is from its line between categories.
    margin: f32,
    /// Whether the model did not know the category.
    abstained: bool,
    /// The heads on which the challenger says something else.
    disagrees: Vec<String>,
}

/// Lists tickets.
pub(super) async fn run(args: &ReviewArgs, output: &Output) -> Result<Exit, Error> {
    let region = Region::open(&args.region).await?;
    let in_force = region.in_force().await?;
    let model = region.model(&in_force.decides).await?.ok_or_else(|| {
        let message = "review: no model decides in this region, words alone do";
        Error::new(Exit::NotFound, message).hint("posthouse classifier promote default")
    })?;
    let challenger = match &in_force.challenges {
        Some(name) => region.model(name).await?,
        None => None,
    };
    let bus = region.bus.as_ref();
    let told = from_log::tickets(bus, &region.topology, args.since.since).await?;
    region.bus.close().await?;
    let mut found = candidates(&model, challenger.as_ref(), told);
    found.truncate(args.limit);
    tell(&found, output)?;
    Ok(Exit::Done)
}

/// The tickets that nobody corrected, those that teach most first.
fn candidates(model: &Model, challenger: Option<&Model>, told: Vec<Told>) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = told
        .into_iter()
        .filter(|told| !told.is_corrected() && told.ticket.features.incident.is_empty())
        .map(|told| candidate(model, challenger, told))
        .collect();
    found.sort_by(|one, other| {
        let by_disagreement = other.disagrees.len().cmp(&one.disagrees.len());
        by_disagreement
            .then(one.margin.total_cmp(&other.margin))
            .then_with(|| one.number.cmp(&other.number))
    });
    found
}

fn candidate(model: &Model, challenger: Option<&Model>, told: Told) -> Candidate {
    let text = Text {
        subject: &told.opened.subject,
        body: &told.opened.body,
    };
    let prediction = model.predict(&text);
    let answer = prediction.answer(HEAD);
    let disagrees = challenger.map(|challenger| agreement(model, challenger, &text));
    Candidate {
        margin: answer.map_or(0.0, |answer| answer.margin),
        abstained: answer.is_some_and(|answer| answer.abstained),
        disagrees: disagrees
            .unwrap_or_default()
            .into_iter()
            .filter(|(_, agrees)| !agrees)
            .map(|(head, _)| head.to_owned())
            .collect(),
        ticket_id: told.ticket.id.to_string(),
        category: told.ticket.features.category,
        number: told.opened.number,
        subject: told.opened.subject,
    }
}

fn tell(found: &[Candidate], output: &Output) -> Result<(), Error> {
    if output.json() {
        return found.iter().try_for_each(|ticket| output.object(ticket));
    }
    let mut table = Table::new([
        "ticket",
        "category",
        "margin",
        "challenger differs on",
        "subject",
    ])
    .right(2);
    for ticket in found {
        let subject: String = ticket.subject.chars().take(SUBJECT_CHARS_MAX).collect();
        table.fields([
            ticket.number.as_str().into(),
            ticket.category.as_str().into(),
            format!("{:.2}", ticket.margin).into(),
            ticket.disagrees.join(", ").into(),
            subject.into(),
        ]);
    }
    output.table(table)
}

#[cfg(test)]
mod tests {
    use posthouse_domain::ticket::{Body, Corrected, Labels, Ticket};
    use posthouse_testkit::builders::{START, fact, opened, ticket};

    use super::super::contest::tests::model;
    use super::*;

    fn told(number: u32, subject: &str) -> Told {
        let mut opened = opened(subject);
        opened.number = format!("EU-2026-{number:06}");
        let first = fact(ticket(number), 0, Body::Opened(opened.clone()));
        Told {
            ticket: Ticket::open(&first, START).unwrap(),
            opened,
            confidence_permille: None,
            was_resolved_by_a_person: false,
        }
    }

    #[test]
    fn the_least_sure_come_first_and_what_is_corrected_not_at_all() {
        let model = model(["network", "billing"]);
        let clear = told(1, "the router is not as it should be, router again");
        let unclear = told(2, "hello");
        let mut corrected = told(3, "hello again");
        let labels = Labels {
            category: Some("other".to_owned()),
            ..Labels::default()
        };
        let note = String::new();
        let body = Body::Corrected(Corrected { labels, note });
        corrected.ticket.apply(&fact(ticket(3), 1, body), START);
        let found = candidates(&model, None, vec![clear, unclear, corrected]);
        let numbers: Vec<&str> = found.iter().map(|ticket| ticket.number.as_str()).collect();
        assert_eq!(numbers, ["EU-2026-000002", "EU-2026-000001"], "{found:?}");
        assert!(found.iter().all(|ticket| ticket.disagrees.is_empty()));
    }

    #[test]
    fn a_model_disagrees_with_itself_on_nothing() {
        let model = model(["network", "billing"]);
        let found = candidates(&model, Some(&model), vec![told(1, "hello")]);
        assert_eq!(found[0].disagrees, [""; 0]);
    }
}
