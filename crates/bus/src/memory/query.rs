//! Questions and answers.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::unfold;
use tokio::sync::{Notify, mpsc, oneshot};

use super::shared::Connection;
use crate::subject::matches;
use crate::{Error, Headers, Queries, Query};

/// Most questions that wait for one server; more find nobody.
const WAITING_MAX: usize = 1024;

/// Everybody who answers questions.
#[derive(Default)]
pub(super) struct Servers {
    /// In the order in which they are asked next.
    servers: Vec<Server>,
    changed: Arc<Notify>,
}

/// Somebody who answers questions.
struct Server {
    filter: String,
    group: String,
    questions: mpsc::Sender<Query>,
}

impl Servers {
    fn add(&mut self, filter: &str, group: &str) -> (mpsc::Receiver<Query>, Arc<Notify>) {
        let (questions, asked) = mpsc::channel(WAITING_MAX);
        self.servers.push(Server {
            filter: filter.to_owned(),
            group: group.to_owned(),
            questions,
        });
        (asked, Arc::clone(&self.changed))
    }

    /// Asks one of each group; those of a group take turns. Gives the answers to come.
    fn ask(&mut self, subject: &str, payload: &Bytes) -> Vec<oneshot::Receiver<Bytes>> {
        self.servers.retain(|server| !server.questions.is_closed());
        let mut groups: Vec<String> = Vec::new();
        let mut answers = Vec::new();
        let mut asked = Vec::new();
        for (index, server) in self.servers.iter().enumerate() {
            if !matches(&server.filter, subject) || groups.contains(&server.group) {
                continue;
            }
            let (question, answer) = question(subject, payload);
            if server.questions.try_send(question).is_ok() {
                groups.push(server.group.clone());
                answers.push(answer);
                asked.push(index);
            }
        }
        for index in asked.into_iter().rev() {
            let server = self.servers.remove(index);
            self.servers.push(server);
        }
        answers
    }

    pub(super) fn wake(&self) {
        self.changed.notify_waiters();
    }
}

fn question(subject: &str, payload: &Bytes) -> (Query, oneshot::Receiver<Bytes>) {
    let (answer, answered) = oneshot::channel();
    let query = Query {
        subject: subject.to_owned(),
        headers: Headers::default(),
        payload: payload.clone(),
        reply: Box::new(|bytes| {
            // Whoever asked may have stopped waiting: that is no fault of who answers.
            drop(answer.send(bytes));
            Box::pin(async { Ok(()) })
        }),
    };
    (query, answered)
}

/// Asks, and waits for the first answer.
pub(super) async fn request(
    connection: &Connection,
    subject: &str,
    payload: &Bytes,
    wait: Duration,
) -> Result<Bytes, Error> {
    let answers = {
        let (mut state, _) = connection.enter()?;
        state.servers.ask(subject, payload)
    };
    if answers.is_empty() {
        return Err(Error::Unavailable(format!("nobody answers {subject}")));
    }
    let late = || Error::Unavailable(format!("no answer to {subject} in {wait:?}"));
    let first = futures::future::select_ok(answers);
    match tokio::time::timeout(wait, first).await {
        Ok(Ok((answer, _))) => Ok(answer),
        // Every server dropped the question: nobody will answer.
        Ok(Err(_)) => Err(Error::Unavailable(format!("nobody answered {subject}"))),
        Err(_) => Err(late()),
    }
}

/// Begins to answer. The stream of questions ends when the client is closed.
pub(super) fn serve(connection: Connection, subject: &str, group: &str) -> Result<Queries, Error> {
    let (asked, changed) = {
        let (mut state, _) = connection.enter()?;
        state.servers.add(subject, group)
    };
    let queries = unfold(
        (connection, asked, changed),
        |(connection, mut asked, changed)| async {
            loop {
                let woken = changed.notified();
                if connection.is_closed() {
                    return None;
                }
                tokio::select! {
                    query = asked.recv() => return Some((query?, (connection, asked, changed))),
                    () = woken => {}
                }
            }
        },
    );
    Ok(queries.boxed())
}
