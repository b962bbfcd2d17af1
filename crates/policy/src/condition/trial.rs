//! Trying a condition at load: on tickets of which nothing is known and of which all is.

use cel::common::ast::{Expr, operators};
use cel::{ExecutionError, IdedExpr, Program};
use posthouse_domain::Timestamp;
use posthouse_domain::condition::{Event, Scope};
use posthouse_domain::route::{Home, Situation, Standing};
use posthouse_domain::sla::Target;
use posthouse_domain::ticket::{Attributes, FactKind, Features, Sentiment, Severity, State};

use super::program::evaluate;
use super::view::View;
use super::{Problem, Sees, Shared};
use crate::diagnostic::Code;

/// The first problem that the condition has with one of the sample tickets.
pub(super) fn run(program: &Program, shared: &Shared, sees: Sees, text: &str) -> Option<Problem> {
    let root = program.expression();
    let mut failure = None;
    let standing = sample_standing();
    for (what, features) in samples() {
        let moment = sample_moment(&standing);
        for event in sample_events(sees) {
            let scope = Scope {
                features: &features,
                event,
                situation: (sees == Sees::Routed).then_some(&moment),
            };
            let view = View::new(scope, shared);
            let whole = evaluate(root, &view, shared).err();
            let hidden = || {
                operands(root)
                    .into_iter()
                    .find_map(|operand| hidden(operand, &view, shared))
            };
            failure = failure.or_else(|| whole.or_else(hidden).map(|error| (what, error)));
        }
    }
    let (what, error) = failure?;
    let hint = hint(&error);
    let message = format!("the condition fails for a ticket {what}: {}", shown(&error));
    Some(Problem {
        code: Code::ConditionFails,
        span: 0..text.len(),
        message,
        hint,
    })
}

/// An operand that `&&` or `||` hides on the samples may still be wrong for every ticket. What
/// an operand before it can guard against (a missing key, a zero) is not held against it.
fn hidden(operand: &IdedExpr, view: &View<'_>, shared: &Shared) -> Option<ExecutionError> {
    use ExecutionError::{
        FunctionError, InvalidArgumentCount, NoSuchOverload, UndeclaredReference, UnexpectedType,
    };
    let error = evaluate(operand, view, shared).err()?;
    let certain = matches!(
        error,
        NoSuchOverload(_)
            | UnexpectedType { .. }
            | UndeclaredReference(_)
            | InvalidArgumentCount { .. }
            | FunctionError { .. }
    );
    certain.then_some(error)
}

/// The parts of a condition that have to be true or false by themselves.
fn operands(expression: &IdedExpr) -> Vec<&IdedExpr> {
    if let Expr::Call(call) = &expression.expr {
        let logical = [
            operators::LOGICAL_AND,
            operators::LOGICAL_OR,
            operators::LOGICAL_NOT,
        ];
        if logical.contains(&call.func_name.as_str()) {
            return call.args.iter().flat_map(operands).collect();
        }
    }
    vec![expression]
}

/// A ticket of which nothing is known but when it was opened.
pub(crate) const fn unknown(opened_at: Timestamp) -> Features {
    Features {
        number: String::new(),
        excerpt: String::new(),
        customer: String::new(),
        tier: String::new(),
        region: String::new(),
        channel: String::new(),
        product: String::new(),
        language: String::new(),
        severity: None,
        category: String::new(),
        kind: String::new(),
        sentiment: None,
        tags: Vec::new(),
        attributes: Attributes::new(),
        opened_at,
        reopens: 0,
        queue: String::new(),
        state: State::New,
        signals: Vec::new(),
        abstained: false,
        incident: String::new(),
    }
}

fn samples() -> [(&'static str, Features); 2] {
    let empty = unknown(Timestamp::from_millis(0));
    let full = Features {
        number: "CN-2026-000001".into(),
        customer: "c-example".into(),
        tier: "gold".into(),
        region: "cn-north".into(),
        channel: "portal".into(),
        product: "ECS".into(),
        language: "zh".into(),
        severity: Some(Severity::P1),
        category: "network".into(),
        kind: "incident".into(),
        sentiment: Some(Sentiment::Negative),
        tags: vec!["outage".into(), "data_loss".into()],
        attributes: [("entry_code".to_owned(), "95273".to_owned())].into(),
        opened_at: Timestamp::from_millis(1_767_600_000_000),
        reopens: 3,
        queue: "beijing/L1/network/zh".into(),
        state: State::Queued,
        signals: vec!["churn".into()],
        abstained: true,
        incident: "0192f0c1-2345-7890-abcd-ef0123456789".into(),
        ..empty.clone()
    };
    [
        ("of which nothing is known", empty),
        ("of which everything is known", full),
    ]
}

fn sample_standing() -> Standing {
    Standing {
        escalations: 2,
        last_agent: "a-1".to_owned(),
        calendar: "always".to_owned(),
        ..Standing::default()
    }
}

const fn sample_moment(standing: &Standing) -> Situation<'_> {
    Situation {
        now: Timestamp::from_millis(1_767_600_000_000),
        standing,
        account_manager: "a-2",
        centre: Home {
            open: true,
            down: false,
        },
    }
}

fn sample_events(sees: Sees) -> Vec<Option<Event<'static>>> {
    if sees != Sees::Told {
        return vec![None];
    }
    let known = Event {
        kind: FactKind::TargetWarned,
        target: Some(Target::FirstResponse),
        percent: Some(75),
        risk: Some(60),
        step: Some(2),
        ladder: Some("night"),
        to: Some("duty"),
    };
    vec![Some(known), Some(Event::of(FactKind::Routed))]
}

fn hint(error: &ExecutionError) -> Option<String> {
    let hint = match error {
        ExecutionError::NoSuchKey(_) => {
            "write ticket.attributes.NAME, which is empty where there is none, or ask \
             \"NAME\" in ticket.attributes first"
        }
        ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => {
            "a number may be zero: ask for that first"
        }
        ExecutionError::UnexpectedType { .. } => "a condition compares, for example with `==`",
        _ => return None,
    };
    Some(hint.to_owned())
}

/// What the interpreter says, cut to what a line can hold.
fn shown(error: &ExecutionError) -> String {
    const CHARS_MAX: usize = 160;
    match error {
        ExecutionError::NoSuchKey(key) => format!("it has no `{key}`"),
        ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => {
            "division by zero".to_owned()
        }
        other => other.to_string().chars().take(CHARS_MAX).collect(),
    }
}
