//! A run: tickets come, wait, are worked on, climb, wait for their customers and end.
//!
//! The world moves by events in the order of time; at every instant, after all of its events,
//! tickets and agents are brought together until no more can be. It decides nothing about who
//! gets what: that is the [`Floor`]'s.

mod line;

use std::collections::BTreeSet;

use crate::dice::{Ms, ms};
use crate::draw::{Demand, Drawn, float};
use crate::event::{Agenda, Event};
use crate::floor::Floor;
use crate::hours::DAY;
use crate::life::{Life, Promises, Stands};
use crate::limits::FOLLOW_DAYS;
use crate::meter::Meter;
use crate::plan::{LEVELS, Plan};
use crate::reach::Desks;

/// A wait for an agent that ended with one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Waited {
    pub(crate) ticket: usize,
    pub(crate) level: usize,
    /// Milliseconds, of those in which somebody could have come.
    pub(crate) ms: Ms,
}

/// A run that is over.
#[derive(Debug)]
pub(crate) struct Played {
    pub(crate) lives: Vec<Life>,
    /// Waits of tickets that count, in the order in which they ended.
    pub(crate) waits: Vec<Waited>,
    pub(crate) meters: Vec<Meter>,
    pub(crate) events: u64,
    /// When the last ticket that counts ended, or the run was given up.
    pub(crate) ended: Ms,
}

/// Plays the tickets on a floor.
pub(crate) fn play(
    plan: &Plan,
    desks: &Desks,
    demand: &Demand,
    speeds: &[f64],
    floor: &mut dyn Floor,
) -> Played {
    let mut world = World::new(plan, desks, demand, speeds, floor);
    world.plan_what_is_known();
    while let Some(now) = world.next_instant() {
        world.now = now;
        world.instant();
        if world.to_end == 0 && now >= plan.measure_to {
            break;
        }
    }
    world.finish()
}

struct World<'a> {
    plan: &'a Plan,
    desks: &'a Desks,
    tickets: &'a [Drawn],
    speeds: &'a [f64],
    floor: &'a mut dyn Floor,
    agenda: Agenda,
    now: Ms,
    /// The next ticket to come.
    next: usize,
    lives: Vec<Life>,
    promises: Vec<Promises>,
    meters: Vec<Meter>,
    /// Agents by duty.
    by_duty: Vec<Vec<usize>>,
    /// What each agent has in hand.
    in_hand: Vec<Vec<usize>>,
    /// Which centres are out.
    out: Vec<bool>,
    /// Tickets that wait for an agent or for an opening.
    in_line: BTreeSet<usize>,
    waits: Vec<Waited>,
    /// Tickets that count and have not ended.
    to_end: usize,
    events: u64,
}

impl<'a> World<'a> {
    fn new(
        plan: &'a Plan,
        desks: &'a Desks,
        demand: &'a Demand,
        speeds: &'a [f64],
        floor: &'a mut dyn Floor,
    ) -> Self {
        let tickets = &demand.tickets;
        let promises: Vec<Promises> = tickets.iter().map(|one| Promises::of(plan, one)).collect();
        let lives = tickets
            .iter()
            .zip(&promises)
            .map(|(one, kept)| Life::new(one, *kept));
        let mut by_duty = vec![Vec::new(); plan.duties.len()];
        for (at, agent) in plan.agents.iter().enumerate() {
            by_duty[agent.duty].push(at);
        }
        Self {
            plan,
            desks,
            tickets,
            speeds,
            floor,
            agenda: Agenda::default(),
            now: plan.start,
            next: 0,
            lives: lives.collect(),
            promises,
            meters: vec![Meter::default(); plan.agents.len()],
            by_duty,
            in_hand: vec![Vec::new(); plan.agents.len()],
            out: vec![false; plan.centres.len()],
            in_line: BTreeSet::new(),
            waits: Vec::new(),
            to_end: tickets.iter().filter(|one| plan.counts(one.opened)).count(),
            events: 0,
        }
    }

    fn plan_what_is_known(&mut self) {
        for (outage, one) in self.plan.outages.iter().enumerate() {
            self.agenda.plan(one.from, Event::OutageBegins { outage });
            self.agenda.plan(one.to, Event::OutageEnds { outage });
        }
        for (duty, one) in self.plan.duties.iter().enumerate() {
            for (from, to) in &one.spans {
                self.agenda.plan(*from, Event::DutyBegins { duty });
                self.agenda.plan(*to, Event::DutyEnds { duty });
            }
        }
        for (incident, one) in self.plan.incidents.iter().enumerate() {
            if let Some(at) = one.mitigated {
                self.agenda.plan(at, Event::Mitigated { incident });
            }
        }
        self.plan_next_change_of_hours();
    }

    fn plan_next_change_of_hours(&mut self) {
        let centres = self
            .plan
            .centres
            .iter()
            .map(|one| one.hours.next_change(self.now));
        let regions = self.plan.regions.iter();
        let spans = regions.flat_map(|one| one.open_spans.iter().flat_map(|(a, b)| [*a, *b]));
        let next = centres.chain(spans.filter(|at| *at > self.now)).min();
        if let Some(next) = next {
            self.agenda.plan(next, Event::HoursChange);
        }
    }

    /// When something happens next; none once nothing will, or the run is given up.
    fn next_instant(&self) -> Option<Ms> {
        let comes = self.tickets.get(self.next).map(|ticket| ticket.to_people);
        let wake = self.floor.next_wake();
        let next = [comes, self.agenda.next_at(), wake]
            .into_iter()
            .flatten()
            .min()?;
        let given_up = self.plan.measure_to + FOLLOW_DAYS * DAY;
        (next <= given_up).then(|| next.max(self.now))
    }

    /// Everything that happens now, and then who gets what.
    fn instant(&mut self) {
        while let Some(event) = self.agenda.take(self.now) {
            self.events += 1;
            self.happens(event);
        }
        while self
            .tickets
            .get(self.next)
            .is_some_and(|one| one.to_people <= self.now)
        {
            self.events += 1;
            self.enter(self.next, 0);
            self.next += 1;
        }
        while let Some((ticket, agent)) = self.floor.pick(self.now) {
            self.begin(ticket, agent);
        }
    }

    fn happens(&mut self, event: Event) {
        match event {
            Event::DutyBegins { duty } => self.duty(duty, true),
            Event::DutyEnds { duty } => self.duty(duty, false),
            Event::OutageBegins { outage } => self.outage(self.plan.outages[outage].centre, true),
            Event::OutageEnds { outage } => self.outage(self.plan.outages[outage].centre, false),
            Event::HoursChange => {
                self.look_again_at_all();
                self.plan_next_change_of_hours();
            }
            Event::Mitigated { incident } => self.mitigated(incident),
            Event::Worked { ticket, epoch } => {
                if self.lives[ticket].epoch == epoch {
                    self.worked(ticket);
                }
            }
            Event::Replied { ticket } => {
                if self.lives[ticket].stands == Stands::WithCustomer {
                    self.replied(ticket);
                }
            }
            Event::Widens { ticket, epoch } => {
                if self.lives[ticket].epoch == epoch {
                    self.look(ticket);
                }
            }
        }
    }

    /// The agents of a duty come or go. What is in hand when they go is finished.
    fn duty(&mut self, duty: usize, comes: bool) {
        for at in 0..self.by_duty[duty].len() {
            let agent = self.by_duty[duty][at];
            let centre = self.plan.pools[self.plan.agents[agent].pool].centre;
            if comes && self.out[centre] {
                continue;
            }
            self.presence(agent, comes);
        }
    }

    fn presence(&mut self, agent: usize, comes: bool) {
        if self.meters[agent].on_duty() == comes {
            return;
        }
        self.events += 1;
        self.count(agent);
        self.meters[agent].duty(comes);
        if comes {
            self.floor.come(agent, self.now);
        } else {
            self.floor.go(agent, self.now);
        }
    }

    fn count(&mut self, agent: usize) {
        let span = (self.plan.measure_from, self.plan.measure_to);
        self.meters[agent].count(self.now, span);
    }

    /// A centre vanishes: its agents go and what they had in hand waits again, the work lost. Or
    /// it is back, and with it whoever is on duty.
    fn outage(&mut self, centre: usize, begins: bool) {
        self.out[centre] = begins;
        for agent in 0..self.plan.agents.len() {
            let one = self.plan.agents[agent];
            if self.plan.pools[one.pool].centre != centre {
                continue;
            }
            let mut spans = self.plan.duties[one.duty].spans.iter();
            let on_duty = spans.any(|(from, to)| *from <= self.now && self.now < *to);
            self.presence(agent, !begins && on_duty);
            if begins {
                for ticket in std::mem::take(&mut self.in_hand[agent]) {
                    self.lay_down(agent, ticket);
                    let level = self.lives[ticket].level;
                    self.lives[ticket].enter(level, self.now);
                    self.line_up(ticket);
                }
            }
        }
        self.look_again_at_all();
    }

    /// What is linked to an incident ends with it, but for what is in hand.
    fn mitigated(&mut self, incident: usize) {
        for ticket in 0..self.next {
            let linked = self.tickets[ticket].linked == Some(incident);
            let waits = matches!(
                self.lives[ticket].stands,
                Stands::Waiting | Stands::Held | Stands::WithCustomer
            );
            if linked && waits {
                self.leave_line(ticket);
                self.lives[ticket].responded.get_or_insert(self.now);
                self.end(ticket);
            }
        }
    }

    /// An agent takes a ticket up.
    fn begin(&mut self, ticket: usize, agent: usize) {
        self.in_line.remove(&ticket);
        let drawn = &self.tickets[ticket];
        let life = &mut self.lives[ticket];
        if self.plan.counts(drawn.opened) {
            let (level, ms) = (life.level, life.waited(self.now));
            self.waits.push(Waited { ticket, level, ms });
        }
        life.responded.get_or_insert(self.now);
        life.on_floor = false;
        life.last_agent = Some(agent);
        life.stand(Stands::InHand { agent });
        let (level, epoch) = (life.level, life.epoch);
        let work = if life.replied {
            drawn.second_work
        } else {
            drawn.work
        };
        let took = ms(float(work[level]) / self.speeds[agent]).max(1);
        self.agenda
            .plan(self.now + took, Event::Worked { ticket, epoch });
        self.count(agent);
        self.meters[agent].take(self.plan.channels[drawn.channel].load_permille);
        self.in_hand[agent].push(ticket);
    }

    /// An agent is done with a ticket: it climbs, waits for its customer, or is resolved.
    fn worked(&mut self, ticket: usize) {
        let Stands::InHand { agent } = self.lives[ticket].stands else {
            return;
        };
        self.in_hand[agent].retain(|one| *one != ticket);
        self.lay_down(agent, ticket);
        let drawn = &self.tickets[ticket];
        let life = &mut self.lives[ticket];
        let climbs = drawn.climbs[life.level] && !life.replied && life.level + 1 < LEVELS.len();
        if climbs {
            let level = life.level + 1;
            self.enter(ticket, level);
        } else if let Some(after) = drawn.reply_after.filter(|_| !life.replied) {
            life.stand(Stands::WithCustomer);
            life.pause(self.promises[ticket].hours, self.now);
            self.agenda
                .plan(self.now + after, Event::Replied { ticket });
        } else {
            self.end(ticket);
        }
    }

    fn lay_down(&mut self, agent: usize, ticket: usize) {
        self.count(agent);
        let channel = self.tickets[ticket].channel;
        self.meters[agent].lay(self.plan.channels[channel].load_permille);
        self.floor.release(agent, ticket, self.now);
    }

    fn replied(&mut self, ticket: usize) {
        let hours = self.promises[ticket].hours;
        let life = &mut self.lives[ticket];
        life.replied = true;
        life.resume(hours, self.now);
        let level = life.level;
        self.enter(ticket, level);
    }

    fn end(&mut self, ticket: usize) {
        let life = &mut self.lives[ticket];
        life.resolved = Some(self.now);
        life.stand(Stands::Done);
        self.to_end -= usize::from(self.plan.counts(self.tickets[ticket].opened));
    }

    fn finish(mut self) -> Played {
        for agent in 0..self.meters.len() {
            self.count(agent);
        }
        Played {
            lives: self.lives,
            waits: self.waits,
            meters: self.meters,
            events: self.events,
            ended: self.now,
        }
    }
}
