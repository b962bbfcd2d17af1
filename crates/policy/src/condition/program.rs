//! The compiled conditions of a list of rules, behind the domain's port.

use std::fmt;
use std::sync::Arc;

use cel::common::types::CelBool;
use cel::{Context, IdedExpr, Value};
use posthouse_domain::condition::{Conditions, Evaluation, Scope};

use super::view::View;
use super::{Condition, Shared};

/// The conditions of a list of rules, in the order of the rules.
pub(crate) struct Programs {
    list: Vec<Condition>,
    shared: Arc<Shared>,
}

impl Programs {
    pub(super) fn new(list: Vec<Condition>, shared: Arc<Shared>) -> Self {
        Self { list, shared }
    }
}

impl fmt::Debug for Programs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Programs({})", self.list.len())
    }
}

impl Conditions for Programs {
    fn prepare<'a>(&'a self, scope: &Scope<'a>) -> Box<dyn Evaluation + 'a> {
        Box::new(Prepared {
            list: &self.list,
            shared: &self.shared,
            view: View::new(*scope, &self.shared),
        })
    }
}

struct Prepared<'a> {
    list: &'a [Condition],
    shared: &'a Shared,
    view: View<'a>,
}

impl Evaluation for Prepared<'_> {
    fn holds(&mut self, index: usize) -> Result<bool, String> {
        match self.list.get(index) {
            Some(Condition::Always) => Ok(true),
            Some(Condition::When(program)) => holds(program.expression(), &self.view, self.shared),
            Some(Condition::Broken) | None => Err("there is no such condition".to_owned()),
        }
    }
}

/// Evaluates an expression that should be true or false.
fn holds(expression: &IdedExpr, view: &View<'_>, shared: &Shared) -> Result<bool, String> {
    evaluate(expression, view, shared).map_err(|error| error.to_string())
}

/// Evaluates an expression on a ticket. The context is a shell around references; making one
/// for each expression costs less than any of the expressions.
pub(super) fn evaluate(
    expression: &IdedExpr,
    view: &View<'_>,
    shared: &Shared,
) -> Result<bool, cel::ExecutionError> {
    let mut context = Context::with_env(Arc::clone(&shared.env));
    context.set_variable_resolver(view);
    let value = Value::resolve_val(expression, &context)?;
    match value.downcast_ref::<CelBool>() {
        Some(holds) => Ok(*holds.inner()),
        None => Err(cel::ExecutionError::UnexpectedType {
            got: value.get_type().name().to_owned(),
            want: "bool".to_owned(),
        }),
    }
}
