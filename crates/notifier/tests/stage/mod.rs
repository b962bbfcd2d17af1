//! A region in virtual time with somebody who listens, for stories about who is told what and when.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each file of stories needs other parts of it"
)]

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use posthouse_bus::{Bus, Outgoing};
use posthouse_domain::notify::Receiver;
use posthouse_domain::ticket::{
    Actor, ActorKind, Body, Fact, FactKind, NotificationRequested, Opened,
};
use posthouse_domain::{TicketId, Timestamp};
use posthouse_notifier::{Courier, Parcel, Post, PostError};
use posthouse_testkit::builders::{self, features, opened};

use crate::scenario::{self, Region, stamp};

/// Somebody who is told, and remembers when and what.
#[derive(Clone, Debug, Default)]
pub struct Ear {
    pub heard: Arc<Mutex<Vec<(tokio::time::Duration, String)>>>,
    began: Option<tokio::time::Instant>,
    /// The first answer is lost: the other side has it, and we do not know.
    loses_first: bool,
    /// A receiver that does not take anything.
    pub refuses: Option<&'static str>,
}

#[async_trait]
impl Post for Ear {
    async fn post(&self, receiver: &Receiver, parcel: &Parcel) -> Result<String, PostError> {
        if self.refuses == Some(receiver.key.as_str()) {
            return Err(PostError::Unreached("nobody is there".to_owned()));
        }
        let said: serde_json::Value = serde_json::from_slice(&parcel.payload()).unwrap();
        let title = said["data"]["title"].as_str().unwrap().to_owned();
        let mark = match said["data"]["possible_duplicate"].as_bool() {
            Some(true) => " (again?)",
            _ => "",
        };
        let after = self.began.unwrap().elapsed();
        let is_first = {
            let mut heard = self.heard.lock().unwrap();
            heard.push((after, format!("heard {title}{mark}")));
            heard.len() == 1
        };
        if self.loses_first && is_first {
            return Err(PostError::NoAnswer("it was lost".to_owned()));
        }
        Ok("200".to_owned())
    }
}

/// A region with a courier and somebody who listens.
pub struct Stage {
    pub region: Region,
    pub ear: Ear,
}

pub fn bundle(receivers: &str) -> posthouse_policy::Source {
    const RULE: &str = r#"
[[rule]]
name = "all"
about = ["routed", "target_breached"]
receivers = ["ops"]
"#;
    let text = format!("{receivers}\n{RULE}");
    scenario::bundle("manners", &[("receivers.toml", &text)])
}

impl Stage {
    pub async fn new(receivers: &str) -> Self {
        Self::with(receivers, false).await
    }

    pub async fn with(receivers: &str, loses_first: bool) -> Self {
        let region = Region::new(|topology| topology.courier_owned(0), &bundle(receivers)).await;
        let ear = Ear {
            began: Some(tokio::time::Instant::now()),
            loses_first,
            ..Ear::default()
        };
        Self { region, ear }
    }

    pub fn courier(&self) -> Courier {
        Courier::new(self.ear.clone())
    }

    /// Somebody is to be told of a ticket.
    pub async fn ask(
        &mut self,
        ticket: u32,
        change: impl FnOnce(&mut NotificationRequested),
    ) -> Fact {
        let opened = Opened {
            customer: format!("c-{}", ticket % 2),
            ..opened("It burns")
        };
        let mut request = NotificationRequested {
            receiver: "ops".to_owned(),
            rule: "all".to_owned(),
            about: FactKind::TargetBreached,
            title: format!("T{ticket}"),
            text: format!("T{ticket} burns"),
            fields: Vec::new(),
            language: "en".to_owned(),
            features: features(&opened),
            urgent: false,
            round: 0,
            told_of: Vec::new(),
        };
        change(&mut request);
        let body = Body::NotificationRequested(request);
        self.region.tell(ticket, body).await
    }

    /// Somebody says something to all couriers.
    pub async fn say(&self, body: Body) {
        let kind = body.kind();
        let name = format!("{kind} {:?}", tokio::time::Instant::now());
        let fact = Fact {
            actor: Actor {
                kind: ActorKind::Agent,
                name: "li".to_owned(),
            },
            ..builders::fact(TicketId::derive(&[&name]), 1, body)
        };
        let subject = self.region.topology.subjects.to_all_couriers(kind);
        let payload = posthouse_wire::encode(&fact).into();
        let message = Outgoing::new(subject, name, payload);
        self.region
            .bus
            .publish(message)
            .await
            .unwrap()
            .await
            .unwrap();
    }

    /// What was heard and what became of the requests, in order.
    pub async fn story(&self) -> String {
        let start = builders::START;
        let heard = self.ear.heard.lock().unwrap().clone();
        let mut lines: Vec<(Timestamp, String)> = heard
            .into_iter()
            .map(|(after, what)| {
                let after = i64::try_from(after.as_millis()).unwrap();
                (start.plus_millis(after), what)
            })
            .collect();
        for (at, fact) in self.region.facts().await {
            let what = match &fact.body {
                Body::Notified(told) if told.possible_duplicate => "notified (again?)".to_owned(),
                Body::Notified(_) => "notified".to_owned(),
                Body::NotificationFailed(failed) => format!("failed: {}", failed.error),
                Body::NotificationSuppressed(muted) => format!("suppressed: {}", muted.why),
                _ => continue,
            };
            let number = (0..100).find(|it| builders::ticket(*it) == fact.ticket);
            lines.push((at, format!("T{} {what}", number.unwrap_or_default())));
        }
        lines.sort_by_key(|(at, _)| *at);
        lines
            .iter()
            .map(|(at, what)| format!("{} {what}\n", stamp(*at)))
            .collect()
    }
}
