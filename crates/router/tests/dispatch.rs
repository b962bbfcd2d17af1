//! The dispatcher at work, in virtual time, on a bus in memory that copies the log as a server
//! does.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../../runtime/tests/scenario/mod.rs"]
mod scenario;

use std::collections::{BTreeMap, BTreeSet};

use futures::StreamExt;
use posthouse_bus::topology::{OwnedSpec, Topology};
use posthouse_bus::{Bus, Until};
use posthouse_domain::TicketId;
use posthouse_domain::ids::FactId;
use posthouse_domain::ticket::{
    Accepted, Actor, ActorKind, AgentChanged, Body, Declined, Destination, Fact, FactKind, Offered,
    Presence, RequeueReason, Resolved, Severity, State, Ticket, Transferred,
};
use posthouse_policy::Source;
use posthouse_router::Dispatcher;
use posthouse_testkit::builders::{self, opened, routed, ticket};
use posthouse_wire::DeadLetter;
use scenario::{Region, Worker, bundle};

/// Two agents who can do the same, two tickets at once each, and one who can do nothing of it.
const AGENTS: &str = r#"
[team.first]
centre = "frankfurt"
levels = ["L1"]
languages = ["en"]
skills = { network = 800 }
capacity = 2000

[agent.anna]
team = "first"

[agent.bert]
team = "first"

[agent.carl]
centre = "frankfurt"
levels = ["L1"]
languages = ["en"]
skills = { billing = 900 }
"#;

const TABLES: [&str; 6] = ["ticket", "ended", "agent", "turns", "clock", "wake"];

fn owns(topology: &Topology) -> OwnedSpec {
    topology.dispatch_owned()
}

struct Floor {
    region: Region,
    told: u32,
}

impl Floor {
    async fn new(files: &[(&str, &str)]) -> Self {
        let files: Vec<_> = [("agents.toml", AGENTS)]
            .into_iter()
            .chain(files.iter().copied())
            .collect();
        let region = Region::new(owns, &bundle("floor", &files)).await;
        Self {
            region,
            told: 1_000,
        }
    }

    fn start(&self) -> Worker {
        self.region.start(Dispatcher::default())
    }

    /// So many tickets come to stand in a queue that Anna and Bert serve.
    async fn wait_for_agents(&mut self, numbers: std::ops::RangeInclusive<u32>) {
        for number in numbers {
            let opened = opened("It is slow");
            self.region.open(number, opened.clone()).await;
            self.region.classify(number, "network", Severity::P2).await;
            let mut features = builders::features(&opened);
            features.state = State::Triaged;
            self.region
                .tell(number, Body::Routed(routed(features)))
                .await;
        }
    }

    /// An agent says something of themselves.
    async fn says(&mut self, agent: &str, change: Presence) {
        let body = Body::AgentChanged(AgentChanged {
            agent: agent.to_owned(),
            change,
            reason: String::new(),
        });
        let place = TicketId::of_agent(builders::REGION, agent);
        self.by(agent, place, body).await;
    }

    async fn by(&mut self, agent: &str, about: TicketId, body: Body) {
        self.told += 1;
        let actor = Actor {
            kind: ActorKind::Agent,
            name: agent.to_owned(),
        };
        let fact = Fact {
            actor,
            ..builders::fact(about, self.told, body)
        };
        self.region.publish(&fact).await;
    }

    async fn accept(&mut self, offer: &Fact) {
        let agent = offered(offer).agent.clone();
        let body = Body::Accepted(Accepted {
            agent: agent.clone(),
            offer: offer.id,
        });
        self.by(&agent, offer.ticket, body).await;
    }

    async fn decline(&mut self, offer: &Fact) {
        let agent = offered(offer).agent.clone();
        let body = Body::Declined(Declined {
            agent: agent.clone(),
            offer: offer.id,
            reason: "lunch".to_owned(),
        });
        self.by(&agent, offer.ticket, body).await;
    }

    async fn resolve(&mut self, agent: &str, about: TicketId) {
        let body = Body::Resolved(Resolved {
            summary: "restarted".to_owned(),
        });
        self.by(agent, about, body).await;
    }

    async fn offers(&self, count: usize) -> Vec<Fact> {
        self.region.wait_for(&[FactKind::Offered], count).await
    }

    async fn log(&self) -> Vec<Fact> {
        let facts = self.region.facts().await;
        facts.into_iter().map(|(_, fact)| fact).collect()
    }

    async fn count(&self, kind: FactKind) -> usize {
        let log = self.log().await;
        log.iter().filter(|fact| fact.body.kind() == kind).count()
    }

    /// A ticket as everybody who folds facts sees it.
    async fn ticket(&self, id: TicketId) -> Ticket {
        let mut folded: Option<Ticket> = None;
        for (stored_at, fact) in self.region.facts().await {
            if fact.ticket != id {
                continue;
            }
            match &mut folded {
                None => folded = Some(Ticket::open(&fact, stored_at).unwrap()),
                Some(ticket) => drop(ticket.apply(&fact, stored_at)),
            }
        }
        folded.unwrap()
    }

    /// Whom each ticket is with, or offered to.
    async fn hands(&self, tickets: u32) -> BTreeMap<String, usize> {
        let mut hands = BTreeMap::new();
        for number in 1..=tickets {
            let ticket = self.ticket(ticket(number)).await;
            let offered = ticket.offer.as_ref().map(|offer| offer.agent.clone());
            let works = matches!(ticket.state(), State::Assigned | State::InProgress);
            let agent = offered.or_else(|| ticket.assignee.clone().filter(|_| works));
            if let Some(agent) = agent {
                *hands.entry(agent).or_default() += 1;
            }
        }
        hands
    }

    async fn rows(&self) -> BTreeMap<&'static str, Vec<(Vec<u8>, Vec<u8>)>> {
        let mut rows = BTreeMap::new();
        for table in TABLES {
            rows.insert(table, self.region.rows(table).await);
        }
        rows
    }

    /// Ends a worker once it has nothing left to do at this instant.
    async fn stop(&self, worker: Worker) {
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        worker.stop().await;
    }

    /// What the last worker left is what another makes of the whole log from nothing.
    async fn is_what_a_rebuild_makes(&self) {
        let (left, said) = (self.rows().await, self.log().await.len());
        self.region.forget_snapshot().await;
        let worker = self.start();
        // The stream is read to its end by then.
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        worker.stop().await;
        assert_eq!(self.log().await.len(), said, "a rebuild says nothing new");
        let made = self.rows().await;
        for table in TABLES {
            assert_eq!(left[table], made[table], "{table}");
        }
    }
}

fn offered(fact: &Fact) -> &Offered {
    let Body::Offered(offered) = &fact.body else {
        panic!("{fact:?} is an offer");
    };
    offered
}

fn requeued(fact: &Fact) -> (&str, RequeueReason) {
    let Body::Requeued(requeued) = &fact.body else {
        panic!("{fact:?} is a requeue");
    };
    (&requeued.agent, requeued.reason)
}

#[tokio::test(start_paused = true)]
async fn offered_accepted_assigned_resolved() {
    let mut floor = Floor::new(&[]).await;
    let worker = floor.start();
    floor.wait_for_agents(1..=1).await;
    floor.region.at("11-23 09:05:00").await;
    assert_eq!(floor.count(FactKind::Offered).await, 0, "nobody is there");
    floor.says("anna", Presence::SignedIn).await;
    floor.says("anna", Presence::Ready).await;
    let offers = floor.offers(1).await;
    let offer = offered(&offers[0]);
    assert_eq!((offer.agent.as_str(), offer.round), ("anna", 1));
    assert_eq!(offer.choice.winner.agent, "anna");
    let log = floor.log().await;
    let routed = log
        .iter()
        .find(|fact| fact.body.kind() == FactKind::Routed)
        .unwrap();
    assert_eq!(
        offers[0].id,
        FactId::derive("dispatcher", routed.id, "offered", 0)
    );
    floor.accept(&offers[0]).await;
    let assigned = floor.region.wait_for(&[FactKind::Assigned], 1).await;
    let Body::Assigned(body) = &assigned[0].body else {
        unreachable!("it was asked for")
    };
    assert_eq!(body.agent, "anna");
    assert_eq!(floor.ticket(ticket(1)).await.state(), State::Assigned);
    floor.wait_for_agents(2..=3).await;
    floor.offers(2).await;
    assert_eq!(
        floor.hands(3).await,
        BTreeMap::from([("anna".to_owned(), 2)])
    );
    floor.resolve("anna", ticket(1)).await;
    floor.offers(3).await;
    floor.stop(worker).await;
    floor.is_what_a_rebuild_makes().await;
}

#[tokio::test(start_paused = true)]
async fn what_one_declines_another_gets() {
    let mut floor = Floor::new(&[]).await;
    let worker = floor.start();
    floor.says("anna", Presence::Ready).await;
    floor.wait_for_agents(1..=1).await;
    let first = floor.offers(1).await;
    floor.decline(&first[0]).await;
    let back = floor.region.wait_for(&[FactKind::Requeued], 1).await;
    assert_eq!(requeued(&back[0]), ("anna", RequeueReason::Declined));
    floor.region.at("11-23 09:00:20").await;
    assert_eq!(floor.count(FactKind::Offered).await, 1, "not to her again");
    floor.says("bert", Presence::Ready).await;
    let second = floor.offers(2).await;
    let offer = offered(&second[1]);
    assert_eq!((offer.agent.as_str(), offer.round), ("bert", 2));
    assert_eq!(second[1].cause, Some(back[0].id));
    // Not answered in time; and by then Anna's refusal is over or Bert's time to answer anew.
    let back = floor.region.wait_for(&[FactKind::Requeued], 2).await;
    assert_eq!(requeued(&back[1]), ("bert", RequeueReason::TimedOut));
    assert_eq!(back[1].at, offer.until);
    floor.stop(worker).await;
    floor.is_what_a_rebuild_makes().await;
}

#[tokio::test(start_paused = true)]
async fn nobody_has_more_than_they_can_do() {
    let mut floor = Floor::new(&[]).await;
    let worker = floor.start();
    floor.wait_for_agents(1..=12).await;
    for agent in ["anna", "bert", "carl"] {
        floor.says(agent, Presence::Ready).await;
    }
    let mut offers = floor.offers(4).await;
    floor.region.at("11-23 09:00:10").await;
    let two_each = BTreeMap::from([("anna".to_owned(), 2), ("bert".to_owned(), 2)]);
    assert_eq!(floor.hands(12).await, two_each);
    for _ in 0..8 {
        let offer = offers.remove(0);
        let agent = offered(&offer).agent.clone();
        floor.accept(&offer).await;
        floor.resolve(&agent, offer.ticket).await;
        let known = floor.count(FactKind::Offered).await;
        let all = floor.offers(known.max(5)).await;
        let open: BTreeSet<FactId> = offers.iter().map(|it| it.id).collect();
        let tickets: BTreeSet<TicketId> = offers.iter().map(|it| it.ticket).collect();
        let newest = all.into_iter().next_back().unwrap();
        if !open.contains(&newest.id) && !tickets.contains(&newest.ticket) {
            offers.push(newest);
        }
        for (agent, has) in floor.hands(12).await {
            assert!(has <= 2, "{agent} has {has}");
        }
    }
    floor.stop(worker).await;
    floor.is_what_a_rebuild_makes().await;
}

#[tokio::test(start_paused = true)]
async fn who_falls_silent_is_gone_and_others_go_on() {
    let mut floor = Floor::new(&[]).await;
    let worker = floor.start();
    floor.says("anna", Presence::Ready).await;
    floor.wait_for_agents(1..=2).await;
    let offers = floor.offers(2).await;
    floor.accept(&offers[0]).await;
    floor.region.wait_for(&[FactKind::Assigned], 1).await;
    floor.says("bert", Presence::Ready).await;
    floor.region.at("11-23 09:01:30").await;
    floor.says("bert", Presence::Seen).await;
    // Two minutes without a sign; the other offer has lapsed long before.
    floor.region.at("11-23 09:02:10").await;
    let gone = floor.region.wait_for(&[FactKind::AgentChanged], 4).await;
    let Body::AgentChanged(body) = &gone[3].body else {
        unreachable!("it was asked for")
    };
    assert_eq!(
        (body.agent.as_str(), body.change),
        ("anna", Presence::SignedOut)
    );
    assert_eq!(gone[3].actor, Actor::service("dispatcher"));
    floor.region.at("11-23 09:02:15").await;
    let log = floor.log().await;
    let of_first = log
        .iter()
        .find(|it| it.body.kind() == FactKind::Requeued && it.ticket == offers[0].ticket);
    let of_first = of_first.unwrap();
    assert_eq!(requeued(of_first), ("anna", RequeueReason::AgentGone));
    floor.stop(worker).await;
    floor.is_what_a_rebuild_makes().await;
}

#[tokio::test(start_paused = true)]
async fn a_signed_out_agent_keeps_nothing() {
    let mut floor = Floor::new(&[]).await;
    let worker = floor.start();
    floor.says("anna", Presence::Ready).await;
    floor.wait_for_agents(1..=2).await;
    let offers = floor.offers(2).await;
    floor.accept(&offers[0]).await;
    floor.region.wait_for(&[FactKind::Assigned], 1).await;
    floor.says("anna", Presence::SignedOut).await;
    let back = floor.region.wait_for(&[FactKind::Requeued], 2).await;
    for fact in &back {
        assert_eq!(requeued(fact), ("anna", RequeueReason::AgentGone));
    }
    assert!(floor.hands(2).await.is_empty());
    floor.says("bert", Presence::Ready).await;
    floor.offers(4).await;
    floor.stop(worker).await;
    floor.is_what_a_rebuild_makes().await;
}

#[tokio::test(start_paused = true)]
async fn whoever_takes_over_offers_nothing_twice_and_goes_on() {
    let mut floor = Floor::new(&[]).await;
    let worker = floor.start();
    floor.says("anna", Presence::Ready).await;
    floor.says("bert", Presence::Ready).await;
    floor.wait_for_agents(1..=6).await;
    let offers = floor.offers(4).await;
    worker.kill();
    // While nobody is there Anna answers and another goes home.
    floor.accept(&offers[0]).await;
    let successor = floor.start();
    floor.region.wait_for(&[FactKind::Assigned], 1).await;
    floor
        .resolve(&offered(&offers[0]).agent.clone(), offers[0].ticket)
        .await;
    let all = floor.offers(5).await;
    let names: BTreeSet<FactId> = all.iter().map(|it| it.id).collect();
    assert_eq!(names.len(), all.len());
    // From its snapshot as from the log.
    successor.stop().await;
    let third = floor.start();
    floor.says("bert", Presence::SignedOut).await;
    floor.region.at("11-23 09:10:00").await;
    floor.stop(third).await;
    floor.is_what_a_rebuild_makes().await;
    let log = floor.log().await;
    let ids: BTreeSet<FactId> = log.iter().map(|fact| fact.id).collect();
    assert_eq!(ids.len(), log.len(), "nothing was said twice");
}

#[tokio::test(start_paused = true)]
async fn an_offer_that_comes_too_late_holds_nobody() {
    let mut floor = Floor::new(&[]).await;
    // All of it stands in the log before the offer does.
    floor.says("anna", Presence::Ready).await;
    floor.wait_for_agents(1..=2).await;
    floor.resolve("desk", ticket(1)).await;
    let worker = floor.start();
    floor.offers(2).await;
    floor.region.at("11-23 09:00:05").await;
    assert_eq!(
        floor.hands(2).await,
        BTreeMap::from([("anna".to_owned(), 1)])
    );
    // Whoever was offered the resolved ticket has room for two all the same.
    floor.wait_for_agents(3..=3).await;
    floor.offers(3).await;
    floor.region.at("11-23 09:00:06").await;
    assert_eq!(
        floor.hands(3).await,
        BTreeMap::from([("anna".to_owned(), 2)])
    );
    floor.stop(worker).await;
    floor.is_what_a_rebuild_makes().await;
}

#[tokio::test(start_paused = true)]
async fn a_ticket_goes_to_whom_it_was_transferred() {
    let mut floor = Floor::new(&[]).await;
    let worker = floor.start();
    floor.says("anna", Presence::Ready).await;
    floor.says("bert", Presence::Ready).await;
    floor.wait_for_agents(1..=1).await;
    let first = floor.offers(1).await;
    let agent = offered(&first[0]).agent.clone();
    let other = if agent == "anna" { "bert" } else { "anna" };
    floor.accept(&first[0]).await;
    floor.region.wait_for(&[FactKind::Assigned], 1).await;
    let transferred = Body::Transferred(Transferred {
        to: Destination::Agent(other.to_owned()),
        reason: "knows it".to_owned(),
    });
    floor.by(&agent, ticket(1), transferred).await;
    let second = floor.offers(2).await;
    assert_eq!(offered(&second[1]).agent, other);
    floor.stop(worker).await;
    floor.is_what_a_rebuild_makes().await;
}

#[tokio::test(start_paused = true)]
async fn where_nobody_is_asked_it_is_theirs_at_once() {
    let routing = Source::shipped("default").unwrap().files["routing.toml"].clone();
    let routing = match routing.contains("[dispatch]") {
        true => routing.replace("accept = \"ask\"", "accept = \"auto\""),
        false => format!("{routing}\n[dispatch]\naccept = \"auto\"\n"),
    };
    let mut floor = Floor::new(&[("routing.toml", &routing)]).await;
    let worker = floor.start();
    floor.says("anna", Presence::Ready).await;
    floor.wait_for_agents(1..=1).await;
    floor.region.wait_for(&[FactKind::Assigned], 1).await;
    let ticket = floor.ticket(ticket(1)).await;
    assert_eq!(ticket.state(), State::Assigned);
    assert_eq!(ticket.assignee.as_deref(), Some("anna"));
    floor.region.at("11-23 09:01:30").await;
    assert_eq!(floor.count(FactKind::Requeued).await, 0);
    worker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_agent_whom_nobody_knows_is_a_dead_letter() {
    let mut floor = Floor::new(&[]).await;
    let worker = floor.start();
    floor.says("nobody", Presence::Ready).await;
    floor.says("anna", Presence::Ready).await;
    floor.wait_for_agents(1..=1).await;
    floor.offers(1).await;
    worker.stop().await;
    let topology = &floor.region.topology;
    let (stream, subject) = (
        topology.dispatch_stream(),
        topology.subjects.dispatch_dead_letter(),
    );
    let letters = floor
        .region
        .bus
        .read(&stream, &[subject], 0, Until::Now)
        .await
        .unwrap();
    let letters: Vec<_> = letters.map(Result::unwrap).collect().await;
    assert_eq!(letters.len(), 1);
    let letter = DeadLetter::decode(letters[0].payload.clone()).unwrap();
    assert_eq!(letter.code, "RTR0001");
    assert!(letter.reason.contains("nobody"), "{}", letter.reason);
}

#[tokio::test(start_paused = true)]
async fn another_roster_takes_effect_at_its_place() {
    let mut floor = Floor::new(&[]).await;
    let worker = floor.start();
    floor.says("carl", Presence::Ready).await;
    floor.wait_for_agents(1..=1).await;
    floor.region.at("11-23 09:00:30").await;
    assert_eq!(floor.count(FactKind::Offered).await, 0, "it is none of his");
    let agents = AGENTS.replace("skills = { billing = 900 }", "skills = { network = 900 }");
    let other = bundle("other", &[("agents.toml", &agents)]);
    floor.region.activate(&other).await;
    let offers = floor.offers(1).await;
    assert_eq!(offered(&offers[0]).agent, "carl");
    assert_eq!(offers[0].policy, other.version());
    floor.stop(worker).await;
    floor.is_what_a_rebuild_makes().await;
}
