//! `posthouse notify explain`: who would be told what, when, by which rule, and who not and why.
//!
//! Nothing here decides: facts are folded, rules walked, words chosen and requests kept, put
//! together and dropped by the notifier and the courier themselves, in virtual time. Nothing is
//! sent and nothing noted.

mod logged;
mod play;
mod story;
mod tell;

use std::path::Path;

use posthouse_domain::Timestamp;
use posthouse_domain::notify::{self, PassedOver};
use posthouse_domain::ticket::{Body, Fact, Ticket, Verdict};
use posthouse_policy::Policy;

use self::play::{Asked, Played};
use crate::cli::notify::ExplainArgs;
use crate::exit::{Error, Exit};
use crate::output::Output;

const HOUR_MS: i64 = 60 * 60 * 1_000;

/// A fact, and when the log has it.
#[derive(Clone, Debug)]
struct Placed {
    at: Timestamp,
    fact: Fact,
}

/// A ticket's facts in their order, what couriers heard, and the policy to explain it by.
struct Scene {
    policy: Policy,
    facts: Vec<Placed>,
    /// What was said to all couriers: silences, ends of incidents, what customers prefer.
    said: Vec<Placed>,
    /// How far it is looked ahead.
    until: Timestamp,
}

/// What becomes of one fact.
#[derive(Debug)]
struct Explained {
    fact: Fact,
    /// Who is asked to be told, by which rule, in which words, and what becomes of it.
    asked: Vec<Asked>,
    /// What of the rules about it came to nothing.
    passed_over: Vec<PassedOver>,
}

impl Placed {
    /// A fact that the log has as soon as it happens.
    fn at_its_time(fact: Fact) -> Self {
        Self { at: fact.at, fact }
    }
}

/// Does what was asked.
pub(super) async fn run(args: &ExplainArgs, output: &Output) -> Result<Exit, Error> {
    let scene = if is_file(&args.ticket) {
        story::of_file(args, output)?
    } else {
        logged::of_ticket(args, output).await?
    };
    let played = play::play(&scene).await?;
    if let Some(bound) = played.cut {
        output.note(format!("it goes on: only {bound} requests are explained"));
    }
    let explained = explain(&scene, played);
    if output.json() {
        output.object(&tell::object(&scene.policy, &explained))?;
    } else {
        tell::people(&scene.policy, &explained, output)?;
    }
    Ok(Exit::Done)
}

/// Whether a file is meant, be it there or not: numbers and identities of tickets have neither
/// folders nor endings.
fn is_file(named: &str) -> bool {
    let path = Path::new(named);
    let looks_so = path.components().count() > 1 || path.extension().is_some();
    named == "-" || looks_so || path.exists()
}

/// What becomes of each fact that counts; those that are void are told to nobody.
fn explain(scene: &Scene, mut played: Played) -> Vec<Explained> {
    let mut ticket: Option<Ticket> = None;
    let mut explained = Vec::new();
    for Placed { at, fact } in &scene.facts {
        let counts = match &mut ticket {
            Some(ticket) => matches!(ticket.apply(fact, *at), Verdict::Counted(..)),
            None => {
                ticket = Ticket::open(fact, *at).ok();
                ticket.is_some()
            }
        };
        let can_be_told = counts && can_be_told(&fact.body);
        if let Some(ticket) = ticket.as_ref().filter(|_| can_be_told) {
            let receivers = &scene.policy.receivers;
            explained.push(Explained {
                fact: fact.clone(),
                asked: played.asked.remove(&fact.id).unwrap_or_default(),
                passed_over: notify::explain(fact, &ticket.features, receivers).1,
            });
        }
    }
    explained
}

/// Whether the notifier reads such facts. Telling of a telling would never end.
fn can_be_told(body: &Body) -> bool {
    notify::TOLD.contains(&body.kind())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_not_there_is_no_ticket() {
        for file in ["-", "ticket.json", "./ticket", "samples/one", "/tmp/x"] {
            assert!(is_file(file), "{file}");
        }
        for ticket in ["CN-2026-000042", "01990000-0000-7000-8000-000000000000"] {
            assert!(!is_file(ticket), "{ticket}");
        }
    }
}
