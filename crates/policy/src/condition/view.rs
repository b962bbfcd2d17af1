//! A ticket as an expression sees it: each field is looked up when it is asked for, and its
//! text is lent.

use std::collections::HashMap;

use cel::common::types::{CelBool, CelInt, CelList, CelMap, CelMapKey, CelString};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use posthouse_domain::condition::Scope;
use posthouse_domain::route;

use super::Shared;
use super::fields::WEEKDAYS;

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
        Some(flag(calendar.is_open(self.scope.features.opened_at)))
    }

    /// What is known only where tickets are routed; nothing of it elsewhere.
    fn moment(&self, field: &str) -> Option<CowVal<'_, '_>> {
        let situation = self.scope.situation?;
        let standing = situation.standing;
        Some(match field {
            "response_slack" => number(situation.minutes_until(standing.response_due)),
            "resolution_slack" => number(situation.minutes_until(standing.resolution_due)),
            "calendar" => text(&standing.calendar),
            "age" => number(situation.minutes_since(self.scope.features.opened_at)),
            "escalations" => number(standing.escalations.into()),
            "last_agent" => text(&standing.last_agent),
            "account_manager" => text(situation.account_manager),
            _ => return None,
        })
    }

    fn centre(&self, field: &str) -> Option<CowVal<'_, '_>> {
        let centre = self.scope.situation?.centre;
        match field {
            "open" => Some(flag(centre.open)),
            "down" => Some(flag(centre.down)),
            _ => None,
        }
    }

    /// What follows from what the ticket says of itself: who calls, and from where.
    fn origin(&self, field: &str) -> Option<CowVal<'_, '_>> {
        let features = self.scope.features;
        let origins = &self.shared.origins;
        let caller = || origins.entries.caller(&features.attributes);
        Some(match field {
            "segment" => text(caller().segment),
            "vip" => flag(caller().vip),
            "sector" => text(caller().sector),
            "scene" => text(caller().scene),
            "residency" => text(route::residency(features, &origins.residency)),
            "local_hour" => number(self.local_time().hour().into()),
            "local_weekday" => {
                let day = self.local_time().weekday().to_monday_zero_offset();
                let day = usize::try_from(day).unwrap_or_default();
                text(WEEKDAYS.get(day).copied().unwrap_or_default())
            }
            _ => return None,
        })
    }

    /// The wall clock where the customer is, when the ticket is routed, else when it was opened.
    /// UTC for a region that the policy does not have.
    fn local_time(&self) -> jiff::civil::DateTime {
        let features = self.scope.features;
        let at = self.scope.situation.map_or(features.opened_at, |it| it.now);
        let zone = self.shared.origins.zones.get(&features.region);
        zone.unwrap_or(&jiff::tz::TimeZone::UTC)
            .to_datetime(at.to_jiff())
    }

    /// A part of the queue that the ticket stands in; empty before the first.
    fn of_queue(&self, part: usize) -> CowVal<'_, '_> {
        text(
            self.scope
                .features
                .queue
                .split('/')
                .nth(part)
                .unwrap_or_default(),
        )
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
                ("centre", field) => self.centre(field),
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
            "level" => self.of_queue(1),
            "skill" => self.of_queue(2),
            "state" => text(features.state.as_str()),
            "reopens" => number(features.reopens.into()),
            "tags" => list(&self.scope.features.tags),
            "signals" => list(&self.scope.features.signals),
            "abstained" => flag(features.abstained),
            "incident" => text(&features.incident),
            "attributes" => self.attributes(),
            _ => match field.strip_prefix("attributes.") {
                Some(name) if !name.contains('.') => self.attribute(name),
                _ => return self.origin(field).or_else(|| self.moment(field)),
            },
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

fn flag(holds: bool) -> CowVal<'static, 'static> {
    CowVal::owned(CelBool::from(holds))
}

fn number(number: i64) -> CowVal<'static, 'static> {
    CowVal::owned(CelInt::from(number))
}
