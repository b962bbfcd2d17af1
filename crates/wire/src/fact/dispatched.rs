//! What happened between a queue and a person: agents, offers, answers, tickets given back.

use posthouse_domain::limits::{COMPONENTS_MAX, MASKS_MAX, RUNNERS_UP_MAX};
use posthouse_domain::ticket::{
    Accepted, AgentChanged, Candidate, Choice, Component, Declined, Destination, Offered,
    OtherTicket, Remaining, Requeued, Transferred,
};

use crate::enums::{self, Numbered};
use crate::error::Error;
use crate::path::Path;
use crate::read::{self, instant, key, prose, required_key, required_word, write_instant};
use crate::v1;
use crate::values::{Travels, bounded, required, write_list};

impl Travels for AgentChanged {
    type Wire = v1::AgentChanged;

    fn write(&self) -> v1::AgentChanged {
        v1::AgentChanged {
            agent: self.agent.clone(),
            change: self.change.number(),
            reason: self.reason.clone(),
        }
    }

    fn read(wire: v1::AgentChanged, at: &Path<'_>) -> Result<Self, Error> {
        Ok(Self {
            agent: required_key(wire.agent, &at.field("agent"))?,
            change: enums::required(wire.change, &at.field("change"))?,
            reason: prose(wire.reason, &at.field("reason"))?,
        })
    }
}

impl Travels for Offered {
    type Wire = v1::Offered;

    fn write(&self) -> v1::Offered {
        v1::Offered {
            agent: self.agent.clone(),
            queue: Some(self.queue.write()),
            round: self.round,
            until: write_instant(self.until),
            choice: Some(Box::new(self.choice.write())),
            features: Some(self.features.write()),
        }
    }

    fn read(wire: v1::Offered, at: &Path<'_>) -> Result<Self, Error> {
        Ok(Self {
            agent: required_key(wire.agent, &at.field("agent"))?,
            queue: required(wire.queue, &at.field("queue"))?,
            round: wire.round,
            until: instant(wire.until, &at.field("until"))?,
            choice: required(wire.choice.map(|choice| *choice), &at.field("choice"))?,
            features: required(wire.features, &at.field("features"))?,
        })
    }
}

impl Travels for Accepted {
    type Wire = v1::Accepted;

    fn write(&self) -> v1::Accepted {
        v1::Accepted {
            agent: self.agent.clone(),
            offer_id: self.offer.to_string(),
        }
    }

    fn read(wire: v1::Accepted, at: &Path<'_>) -> Result<Self, Error> {
        Ok(Self {
            agent: required_key(wire.agent, &at.field("agent"))?,
            offer: required_word(&wire.offer_id, &at.field("offer_id"))?,
        })
    }
}

impl Travels for Declined {
    type Wire = v1::Declined;

    fn write(&self) -> v1::Declined {
        v1::Declined {
            agent: self.agent.clone(),
            offer_id: self.offer.to_string(),
            reason: self.reason.clone(),
        }
    }

    fn read(wire: v1::Declined, at: &Path<'_>) -> Result<Self, Error> {
        Ok(Self {
            agent: required_key(wire.agent, &at.field("agent"))?,
            offer: required_word(&wire.offer_id, &at.field("offer_id"))?,
            reason: prose(wire.reason, &at.field("reason"))?,
        })
    }
}

impl Travels for Requeued {
    type Wire = v1::Requeued;

    fn write(&self) -> v1::Requeued {
        v1::Requeued {
            agent: self.agent.clone(),
            reason: self.reason.number(),
            round: self.round,
        }
    }

    fn read(wire: v1::Requeued, at: &Path<'_>) -> Result<Self, Error> {
        Ok(Self {
            agent: required_key(wire.agent, &at.field("agent"))?,
            reason: enums::required(wire.reason, &at.field("reason"))?,
            round: wire.round,
        })
    }
}

impl Travels for Transferred {
    type Wire = v1::Transferred;

    fn write(&self) -> v1::Transferred {
        v1::Transferred {
            to: Some(self.to.write()),
            reason: self.reason.clone(),
        }
    }

    fn read(wire: v1::Transferred, at: &Path<'_>) -> Result<Self, Error> {
        Ok(Self {
            to: required(wire.to, &at.field("to"))?,
            reason: prose(wire.reason, &at.field("reason"))?,
        })
    }
}

impl Travels for Destination {
    type Wire = v1::Destination;

    fn write(&self) -> v1::Destination {
        use v1::destination::Place;
        let place = match self {
            Self::Queue(queue) => Place::Queue(queue.write()),
            Self::Level(level) => Place::Level(level.clone()),
            Self::Agent(agent) => Place::Agent(agent.clone()),
            Self::Region(region) => Place::Region(region.clone()),
        };
        v1::Destination { place: Some(place) }
    }

    fn read(wire: v1::Destination, at: &Path<'_>) -> Result<Self, Error> {
        use v1::destination::Place;
        Ok(match read::required(wire.place, &at.field("place"))? {
            Place::Queue(queue) => Self::Queue(Travels::read(queue, &at.field("queue"))?),
            Place::Level(level) => Self::Level(required_key(level, &at.field("level"))?),
            Place::Agent(agent) => Self::Agent(required_key(agent, &at.field("agent"))?),
            Place::Region(region) => Self::Region(required_key(region, &at.field("region"))?),
        })
    }
}

impl Travels for Choice {
    type Wire = v1::Choice;

    fn write(&self) -> v1::Choice {
        v1::Choice {
            order: self.order.clone(),
            waiting: self.waiting,
            agents: write_list(&self.agents),
            winner: Some(self.winner.write()),
            runners_up: write_list(&self.runners_up),
            tie_break: self.tie_break.clone(),
            index_micro: self.index_micro,
            index: write_list(&self.index),
            other_tickets: write_list(&self.other_tickets),
        }
    }

    fn read(wire: v1::Choice, at: &Path<'_>) -> Result<Self, Error> {
        let (runners_up, others) = (at.field("runners_up"), at.field("other_tickets"));
        Ok(Self {
            order: key(wire.order, &at.field("order"))?,
            waiting: wire.waiting,
            agents: bounded(wire.agents, &at.field("agents"), MASKS_MAX)?,
            winner: required(wire.winner, &at.field("winner"))?,
            runners_up: bounded(wire.runners_up, &runners_up, RUNNERS_UP_MAX)?,
            tie_break: prose(wire.tie_break, &at.field("tie_break"))?,
            index_micro: wire.index_micro,
            index: bounded(wire.index, &at.field("index"), COMPONENTS_MAX)?,
            other_tickets: bounded(wire.other_tickets, &others, RUNNERS_UP_MAX)?,
        })
    }
}

impl Travels for Remaining {
    type Wire = v1::Remaining;

    fn write(&self) -> v1::Remaining {
        v1::Remaining {
            mask: self.mask.clone(),
            agents: self.agents,
        }
    }

    fn read(wire: v1::Remaining, at: &Path<'_>) -> Result<Self, Error> {
        Ok(Self {
            mask: key(wire.mask, &at.field("mask"))?,
            agents: wire.agents,
        })
    }
}

impl Travels for Candidate {
    type Wire = v1::Candidate;

    fn write(&self) -> v1::Candidate {
        v1::Candidate {
            agent: self.agent.clone(),
            score_micro: self.score_micro,
            components: write_list(&self.components),
            lost_by: self.lost_by.clone(),
        }
    }

    fn read(wire: v1::Candidate, at: &Path<'_>) -> Result<Self, Error> {
        Ok(Self {
            agent: key(wire.agent, &at.field("agent"))?,
            score_micro: wire.score_micro,
            components: bounded(wire.components, &at.field("components"), COMPONENTS_MAX)?,
            lost_by: prose(wire.lost_by, &at.field("lost_by"))?,
        })
    }
}

impl Travels for OtherTicket {
    type Wire = v1::OtherTicket;

    fn write(&self) -> v1::OtherTicket {
        v1::OtherTicket {
            ticket_id: self.ticket.to_string(),
            index_micro: self.index_micro,
            components: write_list(&self.components),
            lost_by: self.lost_by.clone(),
        }
    }

    fn read(wire: v1::OtherTicket, at: &Path<'_>) -> Result<Self, Error> {
        Ok(Self {
            ticket: required_word(&wire.ticket_id, &at.field("ticket_id"))?,
            index_micro: wire.index_micro,
            components: bounded(wire.components, &at.field("components"), COMPONENTS_MAX)?,
            lost_by: prose(wire.lost_by, &at.field("lost_by"))?,
        })
    }
}

impl Travels for Component {
    type Wire = v1::Component;

    fn write(&self) -> v1::Component {
        v1::Component {
            name: self.name.clone(),
            value_micro: self.value_micro,
        }
    }

    fn read(wire: v1::Component, at: &Path<'_>) -> Result<Self, Error> {
        Ok(Self {
            name: key(wire.name, &at.field("name"))?,
            value_micro: wire.value_micro,
        })
    }
}
