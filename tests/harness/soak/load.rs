//! Tickets at a rate that does not wait for answers.

use std::sync::Arc;
use std::time::Duration;

use posthouse_auditor::Accepted;
use serde_json::{Map, Value};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::Options;
use crate::Door;
use crate::chaos::clock::now_ms;
use crate::chaos::limits::ANSWER_WITHIN;
use crate::chaos::notes::Notes;
use crate::chaos::traffic::texts;

/// Requests under way at once. In a storm that is what holds the sender back, as connections
/// hold back real ones.
const UNDER_WAY_MAX: usize = 1_024;
/// How often tickets are handed out.
const TICK: Duration = Duration::from_millis(10);

/// Where tickets go, and how many.
pub(super) struct Load {
    pub(super) door: Door,
    pub(super) notes: Notes,
    pub(super) options: Options,
}

impl Load {
    /// Sends until the time is over; gives when the storm began and ended, in milliseconds since
    /// 1970.
    pub(super) async fn run(self) -> Option<(i64, i64)> {
        let Self {
            door,
            notes,
            options,
        } = self;
        let texts = Arc::new(texts());
        let places = Arc::new(Semaphore::new(UNDER_WAY_MAX));
        let storm_from = Duration::from_secs(options.seconds) / 4;
        let storm_until = storm_from + Duration::from_secs(options.storm_seconds);
        let mut sending = JoinSet::new();
        let mut due = interval(TICK);
        // What could not be sent in time is not sent later: that would be another rate.
        due.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let began = Instant::now();
        let (mut owed, mut number, mut storm) = (0.0, 0_usize, None::<(i64, i64)>);
        let mut last = began;
        while began.elapsed() < Duration::from_secs(options.seconds) {
            due.tick().await;
            let is_storm = (storm_from..storm_until).contains(&began.elapsed());
            let rate = if is_storm {
                options.storm_rate
            } else {
                options.rate
            };
            if is_storm {
                storm.get_or_insert((now_ms(), now_ms())).1 = now_ms();
            }
            owed += rate * last.elapsed().as_secs_f64();
            last = Instant::now();
            while owed >= 1.0 {
                owed -= 1.0;
                let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
                    // Everybody waits; what is due now is held back and told as such.
                    notes.held_back();
                    continue;
                };
                number += 1;
                let text = texts[number % texts.len()].clone();
                let (door, notes) = (door.clone(), notes.clone());
                sending.spawn(async move {
                    submit(&door, &notes, text, number).await;
                    drop(place);
                });
            }
            while sending.try_join_next().is_some() {}
        }
        sending.join_all().await;
        storm
    }
}

/// Sends one ticket once: what is refused is not sent again, so that it can be counted.
async fn submit(door: &Door, notes: &Notes, text: Map<String, Value>, number: usize) {
    notes.sent();
    let key = format!("soak-{number}");
    let request = door
        .request(reqwest::Method::POST, "/v1/tickets")
        .header("Idempotency-Key", &key)
        .timeout(ANSWER_WITHIN)
        .json(&text);
    let Ok(answer) = door.try_send(request).await else {
        return notes.unanswered();
    };
    let Some(accepted) = answer.accepted() else {
        return notes.refused(answer.status);
    };
    notes.accepted(Accepted {
        key,
        ticket_id: accepted.ticket_id,
        number: accepted.number,
        kind: "opened".to_owned(),
        at_ms: now_ms(),
    });
}
