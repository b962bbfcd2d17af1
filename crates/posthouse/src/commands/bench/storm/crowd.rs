//! The customers of a storm, and everybody else.
//!
//! Texts are those of the shipped samples. A ticket of an ordinary day is any sample of its
//! category; a ticket of the storm is a sample that reports an incident in one of the storm's
//! categories. The two never share a text, so that nothing is told by it. Each text loses every
//! seventh word by chance, so that two tickets made of one sample are not the same. So many of a
//! hundred tickets of the storm name the place of the outage as an attribute, as forms send it.
//!
//! What is unrelated among the extra tickets of a scenario (`same_incident_share`) is made like
//! a ticket of an ordinary day.

use std::collections::BTreeMap;

use posthouse_classifier::Engine;
use posthouse_domain::Timestamp;
use posthouse_domain::command::CommandBody;
use posthouse_domain::ticket::{Attributes, Contact, Features, Opened};
use posthouse_model::Model;
use posthouse_policy::Policy;

use super::dice::Dice;
use super::scenario::{Incident, Region, Scenario};
use crate::exit::Error;
use crate::samples::{self, Sample};

/// How long before the storm the detector begins to learn what is usual, in milliseconds.
const BEFORE_MS: i64 = 3 * 60 * 60 * 1_000;
/// How long after its beginning it is watched, in milliseconds.
const AFTER_MS: i64 = 40 * 60 * 1_000;
const HOUR_MS: i64 = 60 * 60 * 1_000;
const MINUTE_MS: i64 = 60 * 1_000;

/// The texts, each with the labels that the classifier gives it.
pub(super) struct Texts {
    ordinary: Vec<Text>,
    storm: Vec<Text>,
}

/// A sample ticket, opened and labelled.
#[derive(Clone)]
pub(super) struct Text {
    pub(super) opened: Opened,
    pub(super) labels: Features,
}

/// A ticket of the crowd.
pub(super) struct Ticket {
    pub(super) at: Timestamp,
    pub(super) region: String,
    pub(super) opened: Opened,
    pub(super) labels: Features,
    /// Whether it belongs to the storm.
    pub(super) is_storm: bool,
}

/// All tickets, in the order of their openings.
pub(super) struct Crowd {
    pub(super) tickets: Vec<Ticket>,
    /// When the storm begins, and in which region it is looked for first.
    pub(super) storm_at: Timestamp,
    pub(super) storm_region: String,
}

impl Texts {
    /// The shipped samples, as the shipped classifier labels them.
    pub(super) fn shipped(policy: &Policy) -> Result<Self, Error> {
        let engine = Engine::of(policy, Some(Model::shipped()))
            .map_err(|error| Error::failed(format!("compile the taxonomy: {error}")))?;
        let label = |sample: Sample| {
            let opened = opened(&sample, policy)?;
            let declared = Features::declared(&opened, "cn-east", Timestamp::MIN);
            let labels = engine.classify(&opened, &[], "zh", &declared).features;
            Some(Text { opened, labels })
        };
        let all = |samples: Vec<Sample>| samples.into_iter().filter_map(label).collect();
        Ok(Self {
            ordinary: all(samples::samples()?),
            storm: all(samples::storm()?),
        })
    }

    /// Texts of these categories, halved: those of an outage, which report an incident, and those
    /// of an ordinary day.
    fn halves(&self, categories: &[&str]) -> (Vec<&Text>, Vec<&Text>) {
        let (mut outage, mut ordinary) = (Vec::new(), Vec::new());
        let mut incidents = 0_usize;
        for text in &self.ordinary {
            let is_incident = text.labels.kind == "incident"
                && categories.contains(&text.labels.category.as_str());
            incidents += usize::from(is_incident);
            if is_incident && incidents % 2 == 1 {
                outage.push(text);
            } else {
                ordinary.push(text);
            }
        }
        (outage, ordinary)
    }
}

fn opened(sample: &Sample, policy: &Policy) -> Option<Opened> {
    let CommandBody::Open(opening) = sample.command(policy).body else {
        return None;
    };
    Some(Opened {
        number: String::new(),
        customer: opening.customer,
        subject: opening.subject,
        body: opening.body,
        severity: opening.severity,
        region: opening.region,
        tier: opening.tier,
        channel: opening.channel,
        language: opening.language,
        product: opening.product,
        attributes: opening.attributes,
        contact: Contact::default(),
    })
}

/// Texts by the category that the classifier gave them.
type Shelves<'a> = BTreeMap<&'a str, Vec<&'a Text>>;

fn shelves<'a>(texts: &[&'a Text]) -> Shelves<'a> {
    let mut shelves = Shelves::new();
    for text in texts {
        shelves
            .entry(text.labels.category.as_str())
            .or_default()
            .push(text);
    }
    shelves
}

impl Crowd {
    /// The sample tickets over a day, and the sample storm within ten minutes of its evening.
    pub(super) fn of_samples(texts: &Texts, dice: &mut Dice) -> Self {
        const REGION: &str = "cn-east";
        let start = Timestamp::from_millis(0);
        let storm_at = start.plus_millis(18 * HOUR_MS);
        let ticket = |text: &Text, at: Timestamp, is_storm: bool| Ticket {
            at,
            region: REGION.to_owned(),
            opened: text.opened.clone(),
            labels: text.labels.clone(),
            is_storm,
        };
        let mut tickets = Vec::new();
        for text in &texts.ordinary {
            tickets.push(ticket(
                text,
                start.plus_millis(dice.moment(24 * HOUR_MS)),
                false,
            ));
        }
        for text in &texts.storm {
            tickets.push(ticket(
                text,
                storm_at.plus_millis(dice.moment(10 * MINUTE_MS)),
                true,
            ));
        }
        Self::sorted(tickets, storm_at, REGION)
    }

    /// The tickets of a scenario, in the regions that its first incident reaches.
    pub(super) fn of_scenario(
        scenario: &Scenario,
        texts: &Texts,
        named_percent: u8,
        dice: &mut Dice,
    ) -> Result<Self, Error> {
        let incident = &scenario.incidents[0];
        let storm_at = incident.extra_tickets.start().map_err(Error::failed)?;
        let hit: Vec<&str> = incident
            .extra_tickets
            .category_mix
            .keys()
            .map(|it| subject(it))
            .collect();
        let (outage, ordinary) = texts.halves(&hit);
        let maker = Maker {
            scenario,
            outage: shelves(&outage),
            ordinary: shelves(&ordinary),
            named: f64::from(named_percent) / 100.0,
        };
        let mut tickets = Vec::new();
        for region in &scenario.customer_regions {
            if incident.extra_tickets.region_mix.contains_key(&region.id) {
                maker.ordinary_day(region, storm_at, dice, &mut tickets)?;
            }
        }
        maker.storm(incident, storm_at, dice, &mut tickets)?;
        Ok(Self::sorted(tickets, storm_at, &incident.region))
    }

    /// How many tickets belong to the storm.
    pub(super) fn of_storm(&self) -> usize {
        self.tickets.iter().filter(|ticket| ticket.is_storm).count()
    }

    fn sorted(mut tickets: Vec<Ticket>, storm_at: Timestamp, region: &str) -> Self {
        tickets.sort_by_key(|ticket| ticket.at);
        for (number, ticket) in (1..).zip(&mut tickets) {
            let number: u32 = number;
            ticket.opened.number = format!("B-{number}");
            ticket.labels.number.clone_from(&ticket.opened.number);
        }
        let first = tickets.iter().find(|ticket| ticket.is_storm);
        Self {
            storm_at: first.map_or(storm_at, |ticket| ticket.at),
            storm_region: region.to_owned(),
            tickets,
        }
    }
}

/// What tickets are made of.
struct Maker<'a> {
    scenario: &'a Scenario,
    outage: Shelves<'a>,
    ordinary: Shelves<'a>,
    /// How probably a ticket of the storm names the place.
    named: f64,
}

impl Maker<'_> {
    /// The tickets of a region around the storm as they come on an ordinary day: a Poisson
    /// process whose rate is that of the local hour.
    fn ordinary_day(
        &self,
        region: &Region,
        storm_at: Timestamp,
        dice: &mut Dice,
        tickets: &mut Vec<Ticket>,
    ) -> Result<(), Error> {
        let arrivals = &self.scenario.arrivals;
        let profile = arrivals.profiles_local_hour.get(&region.profile);
        let profile = profile.filter(|hours| hours.len() == 24).ok_or_else(|| {
            Error::failed(format!("read profile `{}`: want 24 hours", region.profile))
        })?;
        let mut at = storm_at.plus_millis(-BEFORE_MS);
        let end = storm_at.plus_millis(AFTER_MS);
        while at < end {
            let local_ms = at.as_millis() + region.utc_offset_min * MINUTE_MS;
            let hour = usize::try_from(local_ms.div_euclid(HOUR_MS).rem_euclid(24)).unwrap_or(0);
            let hourly = arrivals.tickets_per_day * region.share * profile[hour];
            at = at.plus_millis(dice.gap_ms(hourly.max(1.0)));
            let customer = format!("o-{}", dice.below(50_000));
            tickets.extend(self.ordinary_ticket(&region.id, at, customer, dice));
        }
        Ok(())
    }

    fn ordinary_ticket(
        &self,
        region: &str,
        at: Timestamp,
        customer: String,
        dice: &mut Dice,
    ) -> Option<Ticket> {
        let categories = &self.scenario.categories;
        let mix: Vec<(&str, f64)> = categories
            .iter()
            .map(|it| (subject(&it.id), it.share))
            .collect();
        let text = shelf(&self.ordinary, dice.pick(&mix)?, dice)?;
        Some(ticket(region, at, customer, text, dice))
    }

    /// The extra tickets of an incident.
    fn storm(
        &self,
        incident: &Incident,
        storm_at: Timestamp,
        dice: &mut Dice,
        tickets: &mut Vec<Ticket>,
    ) -> Result<(), Error> {
        let extra = &incident.extra_tickets;
        let minutes: Vec<(i64, f64)> = (0..)
            .zip(extra.per_minute_weights.iter().copied())
            .collect();
        let regions: Vec<(&str, f64)> = mix(&extra.region_mix).collect();
        let categories: Vec<(&str, f64)> = mix(&extra.category_mix).collect();
        for _ in 0..extra.count {
            let (Some(minute), Some(region), Some(category)) = (
                dice.pick(&minutes),
                dice.pick(&regions),
                dice.pick(&categories),
            ) else {
                return Err(Error::failed("read the incident: a mix is empty"));
            };
            let at = storm_at.plus_millis(minute * MINUTE_MS + dice.moment(MINUTE_MS));
            let customer = format!("s-{}", dice.below(extra.distinct_customers));
            if !dice.strikes(extra.same_incident_share) {
                tickets.extend(self.ordinary_ticket(region, at, customer, dice));
                continue;
            }
            let text = shelf(&self.outage, subject(category), dice).ok_or_else(|| {
                Error::failed(format!(
                    "find a sample that reports an incident of {category}"
                ))
            })?;
            let mut made = ticket(region, at, customer, text, dice);
            if dice.strikes(self.named) {
                let place = incident.product_region.clone();
                made.opened.attributes = Attributes::from([("region".to_owned(), place)]);
            }
            made.is_storm = true;
            tickets.push(made);
        }
        Ok(())
    }
}

fn mix(mix: &BTreeMap<String, f64>) -> impl Iterator<Item = (&str, f64)> {
    mix.iter().map(|(name, weight)| (name.as_str(), *weight))
}

fn shelf<'a>(shelves: &Shelves<'a>, category: &str, dice: &mut Dice) -> Option<&'a Text> {
    let texts = shelves.get(category)?;
    texts.get(dice.below(texts.len())).copied()
}

fn ticket(region: &str, at: Timestamp, customer: String, text: &Text, dice: &mut Dice) -> Ticket {
    let mut opened = text.opened.clone();
    opened.body = fewer_words(&opened.body, dice);
    opened.customer.clone_from(&customer);
    opened.attributes.clear();
    let mut labels = text.labels.clone();
    labels.customer = customer;
    Ticket {
        at,
        region: region.to_owned(),
        opened,
        labels,
        is_storm: false,
    }
}

/// The text without every seventh word, by chance.
fn fewer_words(text: &str, dice: &mut Dice) -> String {
    let words = text.split_inclusive(char::is_whitespace);
    words.filter(|_| dice.below(7) != 0).collect()
}

/// The category of the taxonomy that a scenario's category is about.
fn subject(category: &str) -> &'static str {
    const SUBJECTS: [(&str, &str); 13] = [
        ("account", "account"),
        ("ecs", "compute"),
        ("container", "compute"),
        ("deploy", "compute"),
        ("bigdata", "compute"),
        ("storage", "storage"),
        ("network", "network"),
        ("database", "database"),
        ("ddos", "security"),
        ("intrusion", "security"),
        ("security", "security"),
        ("billing", "billing"),
        ("contract", "billing"),
    ];
    let found = SUBJECTS.iter().find(|(part, _)| category.contains(part));
    found.map_or("other", |(_, subject)| subject)
}

impl Dice {
    /// A moment within a span, in milliseconds.
    fn moment(&mut self, span_ms: i64) -> i64 {
        let span = u64::try_from(span_ms).unwrap_or(1).max(1);
        i64::try_from(self.roll() % span).expect("it is within the span")
    }

    /// The time to the next event of a Poisson process, in milliseconds.
    fn gap_ms(&mut self, hourly: f64) -> i64 {
        let hours = -(1.0 - self.part()).ln() / hourly;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a gap is far below 2^63 ms"
        )]
        let ms = (hours * 3_600_000.0).round() as i64;
        ms.max(1)
    }
}
