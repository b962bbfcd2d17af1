//! The ticket of a file, and what follows when nobody does anything.

use posthouse_bus::Role;
use posthouse_domain::Timestamp;
use posthouse_domain::sla::watch::{self, Conclusion, Inexperienced, Terms};
use posthouse_domain::ticket::{Body, Fact, Origin};
use posthouse_policy::Policy;
use posthouse_runtime::clock::Clock;

use super::Scene;
use crate::cli::notify::ExplainArgs;
use crate::commands::bundle;
use crate::commands::route::decide::{self, Explained};
use crate::commands::route::read;
use crate::exit::Error;
use crate::files::read_input;
use crate::output::Output;

/// Most facts of a story: a ladder that repeats for months would never end.
const FACTS_MAX: usize = 500;
const HOUR_MS: i64 = 60 * 60 * 1_000;

/// The facts of a ticket that nobody touches, up to the end of the time that is asked for.
pub(super) fn of_file(args: &ExplainArgs, output: &Output) -> Result<Scene, Error> {
    let source = bundle::open(args.policy.as_deref().unwrap_or("default"))?;
    let policy = bundle::usable(&source, output)?;
    let text = read_input(args.ticket.as_ref())?;
    let asked = read::ticket(&text, &policy, args.bus.region.as_deref())?;
    let at = args.at.unwrap_or_else(|| Clock::system().now());
    let explained = decide::decide(&asked, &policy, at)?;
    let until = at.plus_millis(i64::from(args.hours) * HOUR_MS);
    let facts = facts(explained, &policy, until);
    Ok(Scene { policy, facts })
}

fn facts(explained: Explained, policy: &Policy, until: Timestamp) -> Vec<Fact> {
    let Explained {
        at,
        facts: [opened, labels],
        question,
        routing,
        timed,
        mut watched,
        ..
    } = explained;
    let terms = Terms {
        slas: &policy.slas,
        ladders: &policy.ladders,
        compensations: &policy.compensations,
    };
    let concluded = |role: Role, rule: &str, body: Body| {
        Origin::of(role.as_str(), &labels, at, &policy.version).fact(rule, 0, body)
    };
    let mut facts = vec![opened, labels.clone()];
    facts.extend(timed.map(|timed| concluded(Role::Watchdog, "timed", Body::Timed(timed))));
    let routed = Body::Routed(routing);
    let question =
        question.map(|asked| concluded(Role::Classifier, "asked", Body::InfoRequested(asked)));
    for fact in question
        .into_iter()
        .chain([concluded(Role::Router, "routed", routed)])
    {
        let conclusions = watched.apply(&fact, at, terms, &mut Inexperienced);
        facts.push(fact);
        facts.extend(
            conclusions
                .into_iter()
                .map(|one| follows(&labels, policy, one)),
        );
    }
    while let Some(ring) = watched.next_ring().filter(|ring| *ring <= until) {
        let conclusions = watched.ring(ring.plus_millis(1), terms, &mut Inexperienced);
        facts.extend(
            conclusions
                .into_iter()
                .map(|one| follows(&labels, policy, one)),
        );
        if facts.len() >= FACTS_MAX {
            break;
        }
    }
    facts
}

/// A conclusion of the watchdog as the log would hold it.
fn follows(labels: &Fact, policy: &Policy, conclusion: Conclusion) -> Fact {
    let origin = Origin {
        role: watch::ROLE,
        ticket: labels.ticket,
        region: &labels.region,
        cause: conclusion.cause,
        at: conclusion.at,
        policy: &policy.version,
    };
    origin.fact(&conclusion.rule, conclusion.ordinal, conclusion.body)
}
