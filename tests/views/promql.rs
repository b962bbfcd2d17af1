//! Judging an expression: whether it can have a result at all.
//!
//! Prometheus takes any well-formed expression and answers with nothing where it names a metric
//! that nobody counts, groups by a label that nobody sets, or puts two sides together that share
//! no labels. On a dashboard that looks like a quiet day. So labels are followed from the
//! selectors outwards, as upper bounds: a label that is not there cannot appear later.

use posthouse_bus::Role;
use posthouse_domain::ticket::FactKind;
use promql_parser::label::MatchOp;
use promql_parser::parser::{
    AggregateExpr, BinaryExpr, Call, Expr, LabelModifier, VectorMatchCardinality, VectorSelector,
    parse,
};

use crate::known::{Catalogue, Kind, Known, Labels};

/// What an expression comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One number, or a text.
    Scalar,
    /// Series with at most these labels; `None`: any.
    Vector(Option<Labels>),
}

/// Judges expressions over the series that there are.
pub(crate) struct Judge<'a> {
    known: &'a Catalogue,
    faults: Vec<String>,
}

/// Functions of a range that are for what only grows.
const FOR_COUNTERS: [&str; 3] = ["rate", "irate", "increase"];
/// Functions that do not care whether something only grows.
const FOR_BOTH: [&str; 4] = ["absent", "absent_over_time", "changes", "resets"];

impl<'a> Judge<'a> {
    pub(crate) fn new(known: &'a Catalogue) -> Self {
        Self {
            known,
            faults: Vec::new(),
        }
    }

    /// What an expression comes to; the error says all that is wrong with it.
    pub(crate) fn judge(mut self, expression: &str) -> Result<Shape, String> {
        let parsed = parse(expression).map_err(|why| format!("{expression}\n  {why}"))?;
        let shape = self.shape(&parsed, None);
        if self.faults.is_empty() {
            return Ok(shape);
        }
        Err(format!("{expression}\n  {}", self.faults.join("\n  ")))
    }

    fn shape(&mut self, expression: &Expr, function: Option<&str>) -> Shape {
        match expression {
            Expr::NumberLiteral(_) | Expr::StringLiteral(_) => Shape::Scalar,
            Expr::Paren(inner) => self.shape(&inner.expr, function),
            Expr::Unary(inner) => self.shape(&inner.expr, function),
            Expr::Subquery(inner) => self.shape(&inner.expr, None),
            Expr::VectorSelector(selector) => self.selector(selector, function),
            Expr::MatrixSelector(range) => self.selector(&range.vs, function),
            Expr::Aggregate(aggregate) => self.aggregate(aggregate),
            Expr::Binary(binary) => self.binary(binary),
            Expr::Call(call) => self.call(call),
            Expr::Extension(_) => unreachable!("the parser makes none"),
        }
    }

    fn selector(&mut self, selector: &VectorSelector, function: Option<&str>) -> Shape {
        let Some(name) = &selector.name else {
            self.fault("a selector names no metric".to_owned());
            return Shape::Vector(None);
        };
        let Some(known) = self.known.get(name) else {
            self.fault(format!("nobody counts {name}"));
            return Shape::Vector(None);
        };
        self.suits(name, known.kind, function);
        for matcher in &selector.matchers.matchers {
            let has = known.labels.as_ref();
            if has.is_some_and(|labels| !labels.contains(&matcher.name)) {
                self.fault(format!("{name} has no label {}", matcher.name));
            } else if !matches!(matcher.op, MatchOp::NotEqual | MatchOp::NotRe(_)) {
                let mut values = matcher.value.split('|');
                if !values.any(|value| can_be(known, &matcher.name, value)) {
                    self.fault(format!(
                        "{name} never has {}={}",
                        matcher.name, matcher.value
                    ));
                }
            }
        }
        // Of what is absent only that is known which was asked for.
        if function == Some("absent") {
            let asked = selector.matchers.matchers.iter();
            let equal = asked.filter(|matcher| matcher.op == MatchOp::Equal);
            return Shape::Vector(Some(equal.map(|matcher| matcher.name.clone()).collect()));
        }
        Shape::Vector(known.labels.clone())
    }

    /// Whether a series of a kind may be given to a function.
    fn suits(&mut self, name: &str, kind: Kind, function: Option<&str>) {
        let of_counters = function.is_some_and(|function| FOR_COUNTERS.contains(&function));
        let of_both = function.is_some_and(|function| FOR_BOTH.contains(&function));
        match kind {
            Kind::Counter if !of_counters && !of_both => {
                self.fault(format!(
                    "{name} only grows, and says something only as a rate"
                ));
            }
            Kind::Gauge if of_counters => self.fault(format!("a rate of {name}, which is a gauge")),
            Kind::Counter | Kind::Gauge => {}
        }
    }

    fn aggregate(&mut self, aggregate: &AggregateExpr) -> Shape {
        let Shape::Vector(labels) = self.shape(&aggregate.expr, None) else {
            self.fault("an aggregate of a number".to_owned());
            return Shape::Vector(None);
        };
        match &aggregate.modifier {
            None => Shape::Vector(Some(Labels::new())),
            Some(LabelModifier::Include(by)) => {
                let by: Labels = by.labels.iter().cloned().collect();
                self.all_there(&by, labels.as_ref());
                Shape::Vector(Some(by))
            }
            Some(LabelModifier::Exclude(without)) => {
                let without: Labels = without.labels.iter().cloned().collect();
                self.all_there(&without, labels.as_ref());
                Shape::Vector(labels.map(|labels| &labels - &without))
            }
        }
    }

    fn binary(&mut self, binary: &BinaryExpr) -> Shape {
        let left = self.shape(&binary.lhs, None);
        let right = self.shape(&binary.rhs, None);
        let (Shape::Vector(left), Shape::Vector(right)) = (&left, &right) else {
            return if left == Shape::Scalar { right } else { left };
        };
        let operator = binary.op.to_string();
        let modifier = binary.modifier.as_ref();
        match modifier.and_then(|modifier| modifier.matching.as_ref()) {
            Some(LabelModifier::Include(on)) => {
                let on: Labels = on.labels.iter().cloned().collect();
                self.all_there(&on, left.as_ref());
                self.all_there(&on, right.as_ref());
                let one_to_one = modifier
                    .is_some_and(|modifier| modifier.card == VectorMatchCardinality::OneToOne);
                let kept = if one_to_one { Some(on) } else { left.clone() };
                return Shape::Vector(kept);
            }
            Some(LabelModifier::Exclude(_)) => {}
            None if operator == "or" => {}
            None => {
                if let (Some(left), Some(right)) = (left, right)
                    && left != right
                {
                    self.fault(format!("{left:?} {operator} {right:?} never meet"));
                }
            }
        }
        let both = (operator == "or")
            .then(|| Some(left.as_ref()? | right.as_ref()?))
            .flatten();
        Shape::Vector(both.or_else(|| left.clone()))
    }

    fn call(&mut self, call: &Call) -> Shape {
        let name = call.func.name;
        let arguments: Vec<Shape> = call
            .args
            .args
            .iter()
            .map(|argument| self.shape(argument, Some(name)))
            .collect();
        let vector = arguments.iter().find_map(|shape| match shape {
            Shape::Vector(labels) => Some(labels.clone()),
            Shape::Scalar => None,
        });
        match name {
            "time" | "scalar" | "pi" => Shape::Scalar,
            "vector" => Shape::Vector(Some(Labels::new())),
            "histogram_quantile" => {
                let mut labels = vector.flatten().unwrap_or_default();
                if !labels.remove("le") {
                    self.fault("histogram_quantile without le".to_owned());
                }
                Shape::Vector(Some(labels))
            }
            "label_replace" => {
                let mut labels = vector.flatten();
                if let (Some(labels), Some(label)) = (&mut labels, call.args.args.get(1))
                    && let Expr::StringLiteral(label) = label.as_ref()
                {
                    labels.insert(label.val.clone());
                }
                Shape::Vector(labels)
            }
            _ => vector.map_or(Shape::Scalar, Shape::Vector),
        }
    }

    fn all_there(&mut self, wanted: &Labels, labels: Option<&Labels>) {
        let Some(labels) = labels else { return };
        for missing in wanted - labels {
            self.fault(format!("no label {missing} in {labels:?}"));
        }
    }

    fn fault(&mut self, fault: String) {
        self.faults.push(fault);
    }
}

/// What stands in an expression for whatever somebody chooses on a dashboard.
pub(crate) const ANY: &str = "any";

/// Whether a series can have a value under a label, as far as the code says which there are.
fn can_be(known: &Known, label: &str, value: &str) -> bool {
    if value == ANY {
        return true;
    }
    match label {
        "role" => value.parse::<Role>().is_ok(),
        "kind" => value.parse::<FactKind>().is_ok(),
        "agrees" => ["yes", "no"].contains(&value),
        "outcome" | "reason" => {
            let mut words = known.help.split(|c: char| !c.is_alphanumeric() && c != '_');
            words.any(|word| word == value)
        }
        _ => true,
    }
}

/// What is planted here is found.
#[test]
fn what_could_have_no_result_is_refused() {
    let known = Catalogue::measured();
    let planted = [
        ("sum by (region) (", "unclosed"),
        ("worker_nonsense_total", "nobody counts"),
        ("{region=\"eu-central\"}", "names no metric"),
        ("worker_lag_messages{ticket=\"1\"}", "no label ticket"),
        ("worker_lag_messages{role=\"rooter\"}", "never has"),
        (
            "rate(courier_outcomes_total{outcome=\"failure\"}[5m])",
            "never has",
        ),
        ("sum by (queue) (worker_lag_messages)", "no label queue"),
        ("rate(worker_lag_messages[5m])", "is a gauge"),
        ("worker_inputs_total > 5", "only grows"),
        ("max_over_time(worker_inputs_total[5m])", "only grows"),
        (
            "sum by (role) (worker_lag_messages) / sum by (region) (worker_lag_messages)",
            "never meet",
        ),
        (
            "histogram_quantile(0.5, sum by (region) (rate(router_routed_seconds_bucket[5m])))",
            "without le",
        ),
        (
            "worker_lag_messages / on (le) worker_lag_messages",
            "no label le",
        ),
    ];
    for (expression, why) in planted {
        let refused = Judge::new(&known).judge(expression).unwrap_err();
        assert!(refused.contains(why), "{refused}");
    }
}

#[test]
fn labels_are_followed_from_the_inside() {
    let known = Catalogue::measured();
    let cases: [(&str, &[&str]); 5] = [
        ("sum by (role) (rate(worker_inputs_total[5m]))", &["role"]),
        ("max(worker_lag_messages)", &[]),
        ("absent(up{job=\"posthouse\"})", &["job"]),
        (
            "label_replace(max by (role) (worker_lag_messages), \"bound\", \"lag\", \"\", \"\")",
            &["bound", "role"],
        ),
        (
            "sum by (role, region) (worker_lag_messages) > on (region) group_left () \
             sum by (region) (worker_lag_messages)",
            &["region", "role"],
        ),
    ];
    for (expression, labels) in cases {
        let expected = labels.iter().map(|label| (*label).to_owned()).collect();
        let shape = Judge::new(&known).judge(expression);
        assert_eq!(shape, Ok(Shape::Vector(Some(expected))), "{expression}");
    }
}
