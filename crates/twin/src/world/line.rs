//! Standing in line: who may be asked about a ticket now, and when more may be.

use super::World;
use crate::event::Event;
use crate::floor::Standing;
use crate::life::Stands;
use crate::reach::Asked;

impl World<'_> {
    /// Gets a ticket into line at a level.
    pub(super) fn enter(&mut self, ticket: usize, level: usize) {
        self.lives[ticket].enter(level, self.now);
        self.line_up(ticket);
    }

    pub(super) fn line_up(&mut self, ticket: usize) {
        self.in_line.insert(ticket);
        self.lives[ticket].hold(self.now);
        self.look(ticket);
    }

    /// Looks who may be asked about a ticket in line, and when to look again.
    pub(super) fn look(&mut self, ticket: usize) {
        let asked = self.asked(ticket);
        let reach = self.desks.reach(self.plan, &self.out, &asked, self.now);
        if reach.desks.is_empty() {
            self.leave_floor(ticket);
        }
        let life = &mut self.lives[ticket];
        if reach.held {
            life.hold(self.now);
            return;
        }
        life.since = asked.since;
        life.stand(Stands::Waiting);
        let epoch = life.epoch;
        if let Some(at) = reach.more_at {
            self.agenda.plan(at, Event::Widens { ticket, epoch });
        }
        if !reach.desks.is_empty() {
            self.lives[ticket].on_floor = true;
            let standing = self.standing(ticket, reach.desks);
            self.floor.wait(&standing, self.now);
        }
    }

    fn asked(&self, ticket: usize) -> Asked {
        let drawn = &self.tickets[ticket];
        let life = &self.lives[ticket];
        let severity = &self.plan.severities[drawn.severity];
        let tier = &self.plan.tiers[drawn.tier];
        // While it was held, nobody could have come.
        let held = life.stands == Stands::Held;
        Asked {
            region: drawn.region,
            language: drawn.language,
            tier: drawn.tier,
            out_of_hours: severity.out_of_hours || tier.out_of_hours,
            since: if held { self.now } else { life.since },
        }
    }

    fn leave_floor(&mut self, ticket: usize) {
        if std::mem::take(&mut self.lives[ticket].on_floor) {
            self.floor.withdraw(ticket);
        }
    }

    fn standing(&self, ticket: usize, desks: Vec<usize>) -> Standing {
        let life = &self.lives[ticket];
        let promises = self.promises[ticket];
        Standing {
            ticket,
            level: life.level,
            desks,
            entered: life.entered,
            response_due: life.response_due,
            response_target: promises.response,
            resolve_due: life.resolve_due,
            resolve_target: promises.resolve,
            answered: life.responded.is_some(),
            last_agent: life.last_agent.filter(|_| life.replied),
        }
    }

    /// Hours or centres changed: who may be asked has to be looked up again.
    pub(super) fn look_again_at_all(&mut self) {
        for ticket in self.in_line.clone() {
            self.look(ticket);
        }
    }

    pub(super) fn leave_line(&mut self, ticket: usize) {
        self.in_line.remove(&ticket);
        self.leave_floor(ticket);
    }
}
