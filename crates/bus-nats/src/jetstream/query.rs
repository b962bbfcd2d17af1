//! Questions and answers between services, without a stream.

use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use posthouse_bus::{Error, Queries, Query};
use tokio::time::Duration;

use super::connection::Connection;
use super::convert;

/// Asks whoever serves `subject`.
pub(super) async fn request(
    connection: &Connection,
    subject: &str,
    payload: Bytes,
    wait: Duration,
) -> Result<Bytes, Error> {
    let subject = convert::plain_subject(subject)?;
    let doing = format!("ask {subject}");
    let answer = connection.ask(&doing, &subject, payload, wait).await?;
    Ok(answer.payload)
}

/// Answers what is asked on `subject`. When this returns, the server sends questions here.
pub(super) async fn serve(
    connection: &Arc<Connection>,
    subject: &str,
    group: &str,
) -> Result<Queries, Error> {
    connection.check_open()?;
    let doing = format!("serve {subject}");
    let mut violations = connection.health.violations();
    let questions = connection
        .client
        .queue_subscribe(subject.to_owned(), group.to_owned())
        .await
        .map_err(|error| Error::Refused {
            doing: doing.clone(),
            code: 0,
            why: error.to_string(),
        })?;
    connection.settle().await?;
    while let Ok(violation) = violations.try_recv() {
        if violation.subject == subject {
            return Err(violation.into_error(&doing));
        }
    }
    let connection = Arc::clone(connection);
    Ok(questions
        .map(move |message| query(&connection, message))
        .boxed())
}

fn query(connection: &Arc<Connection>, message: async_nats::Message) -> Query {
    let connection = Arc::clone(connection);
    let reply_to = message.reply;
    let reply = move |answer: Bytes| -> BoxFuture<'static, Result<(), Error>> {
        async move {
            // Who gives no address wants no answer.
            let Some(reply_to) = reply_to else {
                return Ok(());
            };
            connection.send("answer", reply_to, answer).await
        }
        .boxed()
    };
    Query {
        subject: message.subject.into_string(),
        headers: message
            .headers
            .as_ref()
            .map(convert::headers)
            .unwrap_or_default(),
        payload: message.payload,
        reply: Box::new(reply),
    }
}
