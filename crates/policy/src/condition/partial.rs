//! What a condition gives when only some fields of the ticket are known.
//!
//! A linter asks "can this hold for a ticket of that region?" without a ticket. Parts that look
//! at known fields only are evaluated; the others are undecided, and `&&`, `||` and `!` say
//! whether that matters. The answer is never wrong, only sometimes open.

use cel::IdedExpr;
use cel::common::ast::{Expr, operators};
use posthouse_domain::condition::Scope;
use posthouse_domain::ticket::Features;

use super::check::path;
use super::program::evaluate;
use super::view::View;
use super::{Compiler, Condition};

/// A ticket of which only some fields are known.
pub(crate) struct Partial<'a> {
    /// The fields that are known: `ticket.region`.
    pub(crate) known: &'a [&'a str],
    /// Their values; the other fields are not looked at.
    pub(crate) features: &'a Features,
}

impl Compiler<'_> {
    /// Whether a condition holds for every ticket with these fields, or for none of them; `None`
    /// when it depends on the others.
    pub(crate) fn decide(&self, condition: &Condition, ticket: &Partial<'_>) -> Option<bool> {
        let program = match condition {
            Condition::Always => return Some(true),
            Condition::Broken => return None,
            Condition::When(program) => program,
        };
        let scope = Scope {
            features: ticket.features,
            event: None,
            situation: None,
        };
        let shared = &*self.shared;
        let view = View::new(scope, shared);
        let decided = |part: &IdedExpr| evaluate(part, &view, shared).ok();
        decide(program.expression(), ticket.known, &decided)
    }

    /// What a condition gives for a whole ticket; `None` where it cannot be evaluated.
    pub(crate) fn tried(&self, condition: &Condition, scope: &Scope<'_>) -> Option<bool> {
        let shared = &*self.shared;
        match condition {
            Condition::Always => Some(true),
            Condition::Broken => None,
            Condition::When(program) => {
                let view = View::new(*scope, shared);
                evaluate(program.expression(), &view, shared).ok()
            }
        }
    }
}

/// Sets a text field of a ticket by the name that conditions know it by; whether there is such a
/// field and it can hold that word.
pub(crate) fn set(ticket: &mut Features, field: &str, word: &str) -> bool {
    let slot = match field {
        "ticket.tier" => &mut ticket.tier,
        "ticket.region" => &mut ticket.region,
        "ticket.channel" => &mut ticket.channel,
        "ticket.category" => &mut ticket.category,
        "ticket.kind" => &mut ticket.kind,
        "ticket.severity" => {
            ticket.severity = word.parse().ok();
            return ticket.severity.is_some();
        }
        "ticket.sentiment" => {
            ticket.sentiment = word.parse().ok();
            return ticket.sentiment.is_some() || word.is_empty();
        }
        _ => return false,
    };
    word.clone_into(slot);
    true
}

fn decide(
    part: &IdedExpr,
    known: &[&str],
    decided: &dyn Fn(&IdedExpr) -> Option<bool>,
) -> Option<bool> {
    if looks_only_at(part, known) {
        return decided(part);
    }
    let Expr::Call(call) = &part.expr else {
        return None;
    };
    let mut parts = call.args.iter().map(|part| decide(part, known, decided));
    match call.func_name.as_str() {
        operators::LOGICAL_NOT => parts.next().flatten().map(|holds| !holds),
        operators::LOGICAL_AND => all(parts, true),
        operators::LOGICAL_OR => all(parts, false),
        _ => None,
    }
}

/// `wanted` when all parts are that; the contrary as soon as one is; else undecided.
fn all(parts: impl Iterator<Item = Option<bool>>, wanted: bool) -> Option<bool> {
    let parts: Vec<_> = parts.collect();
    if parts.contains(&Some(!wanted)) {
        return Some(!wanted);
    }
    (!parts.contains(&None)).then_some(wanted)
}

/// Whether all that an expression looks at is known. Macros bind names of their own and are
/// undecided.
fn looks_only_at(part: &IdedExpr, known: &[&str]) -> bool {
    match &part.expr {
        Expr::Literal(_) => true,
        Expr::Select(_) => path(part).is_some_and(|path| known.contains(&path.join(".").as_str())),
        Expr::List(list) => list.elements.iter().all(|one| looks_only_at(one, known)),
        Expr::Call(call) => {
            let mut operands = call.target.iter().map(|target| &**target).chain(&call.args);
            operands.all(|one| looks_only_at(one, known))
        }
        _ => false,
    }
}
