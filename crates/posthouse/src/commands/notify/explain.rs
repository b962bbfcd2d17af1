//! `posthouse notify explain`: who would be told what, when, by which rule, and who not and why.
//!
//! Nothing here decides: facts are folded, rules walked and words chosen by the code that the
//! notifier runs. Nothing is sent and nothing noted.

mod logged;
mod story;
mod tell;

use posthouse_domain::notify::{self, PassedOver, Request};
use posthouse_domain::ticket::{Body, Fact, NotificationRequested, Ticket, Verdict};
use posthouse_notifier::wording;
use posthouse_policy::Policy;

use crate::cli::notify::ExplainArgs;
use crate::exit::{Error, Exit};
use crate::output::Output;

/// What becomes of one fact.
#[derive(Debug)]
pub(super) struct Explained {
    fact: Fact,
    /// Who is told, by which rule, and in which words.
    told: Vec<(Request, NotificationRequested)>,
    /// What of the rules about it came to nothing.
    passed_over: Vec<PassedOver>,
}

/// A ticket's facts in their order, and the policy to explain them by.
struct Scene {
    policy: Policy,
    facts: Vec<Fact>,
}

/// Does what was asked.
pub(super) async fn run(args: &ExplainArgs, output: &Output) -> Result<Exit, Error> {
    let is_file = args.ticket == "-" || std::path::Path::new(&args.ticket).exists();
    let scene = if is_file {
        story::of_file(args, output)?
    } else {
        logged::of_ticket(args, output).await?
    };
    let explained = explain(&scene);
    if output.json() {
        output.object(&tell::object(&scene.policy, &explained))?;
    } else {
        tell::people(&scene.policy, &explained, output)?;
    }
    Ok(Exit::Done)
}

/// What becomes of each fact that counts; those that are void are told to nobody.
fn explain(scene: &Scene) -> Vec<Explained> {
    let mut ticket: Option<Ticket> = None;
    let mut explained = Vec::new();
    for fact in &scene.facts {
        let counts = match &mut ticket {
            Some(ticket) => matches!(ticket.apply(fact, fact.at), Verdict::Counted(..)),
            None => {
                ticket = Ticket::open(fact, fact.at).ok();
                ticket.is_some()
            }
        };
        if let Some(ticket) = ticket
            .as_ref()
            .filter(|_| counts && can_be_told(&fact.body))
        {
            explained.push(explain_one(&scene.policy, fact, ticket));
        }
    }
    explained
}

fn explain_one(policy: &Policy, fact: &Fact, ticket: &Ticket) -> Explained {
    let features = &ticket.features;
    let (requests, passed_over) = notify::explain(fact, features, &policy.receivers);
    let worded = |request: Request| {
        let words = wording::request(policy, fact, features, request.clone());
        (request, words)
    };
    Explained {
        fact: fact.clone(),
        told: requests.into_iter().map(worded).collect(),
        passed_over,
    }
}

/// Whether the notifier reads such facts. Telling of a telling would never end.
fn can_be_told(body: &Body) -> bool {
    posthouse_notifier::CONSUMES.contains(&body.kind())
}
