//! A ticket as an expression sees it: each field is looked up when it is asked for, and its
//! text is lent.

use std::collections::HashMap;

use cel::common::types::{CelBool, CelInt, CelList, CelMap, CelMapKey, CelString};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use posthouse_domain::condition::Scope;

use super::Shared;

/// A ticket, lent to the conditions of one list.
pub(super) struct View<'a> {
    scope: Scope<'a>,
    shared: &'a Shared,
}

impl<'a> View<'a> {
    pub(super) fn new(scope: Scope<'a>, shared: &'a Shared) -> Self {
        Self { scope, shared }
    }

    fn severity(&self) -> &'static str {
        self.scope
            .features
            .severity
            .unwrap_or(self.shared.severity_default)
            .as_str()
    }

    fn event(&self, field: &str) -> Option<CowVal<'_, '_>> {
        let event = self.scope.event?;
        Some(match field {
            "kind" => text(event.kind.as_str()),
            "target" => text(event.target.map_or("", |target| target.as_str())),
            "percent" => number(event.percent.unwrap_or(0).into()),
            "risk" => number(event.risk.unwrap_or(0).into()),
            "step" => number(event.step.unwrap_or(0).into()),
            "ladder" => text(event.ladder.unwrap_or_default()),
            "to" => text(event.to.unwrap_or_default()),
            _ => return None,
        })
    }

    fn was_open(&self, calendar: &str) -> Option<CowVal<'_, '_>> {
        let calendar = self.shared.calendars.get(calendar)?;
        let open = calendar.is_open(self.scope.features.opened_at);
        Some(CowVal::owned(CelBool::from(open)))
    }

    fn attributes(&self) -> CowVal<'_, '_> {
        let attributes = self.scope.features.attributes.iter();
        let attributes: HashMap<CelMapKey<'_>, Box<dyn Val + '_>> = attributes
            .map(|(name, value)| (CelMapKey::from(name.as_str()), boxed(value)))
            .collect();
        CowVal::owned(CelMap::from(attributes))
    }

    /// One attribute, written `ticket.attributes.NAME`; empty where there is none.
    fn attribute(&self, name: &str) -> CowVal<'_, '_> {
        text(
            self.scope
                .features
                .attributes
                .get(name)
                .map_or("", String::as_str),
        )
    }
}

impl VariableResolver for View<'_> {
    /// The interpreter asks for the longest path first, so one look-up answers
    /// `ticket.attributes.entry_code` without building the map of attributes.
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        let features = self.scope.features;
        let Some(field) = variable.strip_prefix("ticket.") else {
            return match variable.split_once('.')? {
                ("event", field) => self.event(field),
                ("open", calendar) => self.was_open(calendar),
                _ => None,
            };
        };
        Some(match field {
            "number" => text(&features.number),
            "customer" => text(&features.customer),
            "tier" => text(&features.tier),
            "region" => text(&features.region),
            "channel" => text(&features.channel),
            "product" => text(&features.product),
            "language" => text(&features.language),
            "severity" => text(self.severity()),
            "category" => text(&features.category),
            "kind" => text(&features.kind),
            "sentiment" => text(
                features
                    .sentiment
                    .map_or("", |sentiment| sentiment.as_str()),
            ),
            "queue" => text(&features.queue),
            "state" => text(features.state.as_str()),
            "reopens" => number(features.reopens.into()),
            "tags" => list(&self.scope.features.tags),
            "signals" => list(&self.scope.features.signals),
            "abstained" => CowVal::owned(CelBool::from(features.abstained)),
            "incident" => text(&features.incident),
            "attributes" => self.attributes(),
            _ => {
                let name = field
                    .strip_prefix("attributes.")
                    .filter(|name| !name.contains('.'))?;
                self.attribute(name)
            }
        })
    }
}

fn text(text: &str) -> CowVal<'_, '_> {
    CowVal::owned(CelString::from(text))
}

fn list(words: &[String]) -> CowVal<'_, '_> {
    let words: Vec<Box<dyn Val + '_>> = words.iter().map(|word| boxed(word)).collect();
    CowVal::owned(CelList::from(words))
}

fn boxed(text: &str) -> Box<dyn Val + '_> {
    Box::new(CelString::from(text))
}

fn number(number: i64) -> CowVal<'static, 'static> {
    CowVal::owned(CelInt::from(number))
}
