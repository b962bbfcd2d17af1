//! Questions and answers.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use posthouse_bus::{Bus, Error};
use tokio::task::JoinSet;

use super::Stage;
use super::ground::Ground;
use super::patience::{SOON, eventually, soon, within};

/// Answers everything on `subject` with a name and what was asked.
async fn answer_all(
    servers: &mut JoinSet<()>,
    bus: Arc<dyn Bus>,
    subject: &str,
    name: &'static str,
) {
    let queries = soon("serve", bus.serve(subject, "desk")).await;
    let mut queries = queries.unwrap();
    servers.spawn(async move {
        let _bus = bus;
        while let Some(query) = queries.next().await {
            let asked = String::from_utf8_lossy(&query.payload).into_owned();
            let answer = format!("{name} {} {asked}", query.subject);
            (query.reply)(answer.into()).await.unwrap();
        }
    });
}

/// Asks until there is an answer: a server may need a moment to be known.
async fn ask(bus: &dyn Bus, subject: &str, payload: &'static str) -> String {
    let answer = eventually("an answer", || async {
        let answer = bus.request(subject, Bytes::from_static(payload.as_bytes()), SOON);
        answer.await.ok()
    })
    .await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// Whoever serves a subject, wildcards included, answers what is asked on it.
pub async fn a_question_is_answered(stage: &dyn Stage) {
    let ground = Ground::of(stage).await;
    let subjects = &ground.topology.subjects;
    let mut servers = JoinSet::new();
    let served = subjects.query("show.*");
    answer_all(&mut servers, stage.client().await, &served, "one").await;
    for (ticket, text) in [("42", "first"), ("43", "zweitens"), ("44", "")] {
        let subject = subjects.query(&format!("show.{ticket}"));
        let answer = ask(&*ground.bus, &subject, text).await;
        assert_eq!(answer, format!("one {subject} {text}"));
    }
    servers.shutdown().await;
}

/// A question on a subject that nobody serves fails without waiting.
pub async fn a_question_to_nobody_fails_quickly(stage: &dyn Stage) {
    let ground = Ground::of(stage).await;
    let subject = ground.topology.subjects.query("nothing");
    let long = Duration::from_secs(60);
    let asked = ground.bus.request(&subject, Bytes::new(), long);
    let answer = soon("an error", asked).await;
    let told = matches!(answer, Err(Error::Unavailable(_) | Error::NotFound(_)));
    assert!(told, "{answer:?}");
}

/// A question that is heard and not answered fails when the wait is over.
pub async fn a_question_without_an_answer_fails_in_time(stage: &dyn Stage) {
    let ground = Ground::of(stage).await;
    let subject = ground.topology.subjects.query("slow");
    let server = stage.client().await;
    let mut queries = soon("serve", server.serve(&subject, "desk")).await.unwrap();
    let wait = Duration::from_secs(1);
    let answer = within(SOON, "an error after a question that is heard", async {
        loop {
            let asked = ground.bus.request(&subject, Bytes::from_static(b"?"), wait);
            let heard = tokio::time::timeout(wait, queries.next());
            if let (answer, Ok(Some(_unanswered))) = tokio::join!(asked, heard) {
                return answer;
            }
        }
    })
    .await;
    assert!(matches!(answer, Err(Error::Unavailable(_))), "{answer:?}");
}

/// Those of one group share the questions: each is answered once, and nobody's silence hides
/// the others.
pub async fn a_group_shares_its_questions(stage: &dyn Stage) {
    let ground = Ground::of(stage).await;
    let subject = ground.topology.subjects.query("list");
    let mut servers = JoinSet::new();
    answer_all(&mut servers, stage.client().await, &subject, "one").await;
    answer_all(&mut servers, stage.client().await, &subject, "other").await;
    let (mut one, mut other) = (0, 0);
    while one == 0 || other == 0 {
        let answer = ask(&*ground.bus, &subject, "?").await;
        assert!(one + other < 1_000, "one of two servers is never asked");
        if answer.starts_with("one ") {
            one += 1;
        } else {
            assert!(answer.starts_with("other "), "{answer}");
            other += 1;
        }
    }
    servers.shutdown().await;
}
