//! Conditions of rules, as this crate sees them: something that holds or does not.
//!
//! The language they are written in belongs to the policy bundle. A list of rules has its
//! conditions compiled together, so that a ticket is prepared once for all of them.

use std::fmt;

use crate::route::Situation;
use crate::sla::Target;
use crate::ticket::{FactKind, Features};

/// What a condition may look at.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// The ticket.
    pub features: &'a Features,
    /// The fact that is being told of, where there is one.
    pub event: Option<Event<'a>>,
    /// The instant at which the ticket is routed, where it is.
    pub situation: Option<&'a Situation<'a>>,
}

/// What a condition may know of the fact that is being told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// Its kind.
    pub kind: FactKind,
    /// The target that a warning, a breach, a forecast, an escalation or a compensation is about.
    pub target: Option<Target>,
    /// How much of the target's working time was used, in percent; 100 for a breach.
    pub percent: Option<u8>,
    /// How probable a breach is, in percent; 100 for a breach.
    pub risk: Option<u8>,
    /// The step of the ladder, from 1.
    pub step: Option<u32>,
    /// The ladder of an escalation.
    pub ladder: Option<&'a str>,
    /// Whom an escalation is to reach.
    pub to: Option<&'a str>,
}

impl Event<'_> {
    /// A fact of which only the kind is known.
    #[must_use]
    pub const fn of(kind: FactKind) -> Self {
        Self {
            kind,
            target: None,
            percent: None,
            risk: None,
            step: None,
            ladder: None,
            to: None,
        }
    }
}

/// The conditions of a list of rules, in the order of the rules.
pub trait Conditions: fmt::Debug + Send + Sync {
    /// Prepares the ticket for all conditions of the list.
    fn prepare<'a>(&'a self, scope: &Scope<'a>) -> Box<dyn Evaluation + 'a>;
}

/// A ticket prepared for a list of conditions.
pub trait Evaluation {
    /// Whether the condition at `index` holds.
    ///
    /// # Errors
    ///
    /// Why it could not be evaluated. A rule whose condition fails does not match.
    fn holds(&mut self, index: usize) -> Result<bool, String>;
}

/// Conditions that are plain functions: for tests and for rules without a language.
#[derive(Clone)]
pub struct Functions(pub Vec<fn(&Scope<'_>) -> bool>);

impl fmt::Debug for Functions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Functions({})", self.0.len())
    }
}

impl Conditions for Functions {
    fn prepare<'a>(&'a self, scope: &Scope<'a>) -> Box<dyn Evaluation + 'a> {
        struct Prepared<'a>(&'a Functions, Scope<'a>);
        impl Evaluation for Prepared<'_> {
            fn holds(&mut self, index: usize) -> Result<bool, String> {
                let function = self.0.0.get(index).ok_or("there is no such condition")?;
                Ok(function(&self.1))
            }
        }
        Box::new(Prepared(self, *scope))
    }
}
