//! Getting single messages, and what is known about a stream.

use std::sync::Arc;

use async_nats::StatusCode;
use async_nats::jetstream::stream::Info;
use posthouse_bus::{Delivery, Error};
use serde_json::{Value, json};

use super::connection::Connection;
use super::convert;
use super::settings;

/// What the server knows about a stream.
pub(super) async fn stream_info(connection: &Connection, stream: &str) -> Result<Info, Error> {
    let operation = format!("STREAM.INFO.{stream}");
    connection
        .api(&operation, &json!({}), &format!("stream {stream}"))
        .await
}

/// The message at a place of a stream.
pub(super) async fn at(
    connection: &Arc<Connection>,
    stream: &str,
    sequence: u64,
) -> Result<Option<Delivery>, Error> {
    if sequence == 0 {
        return Ok(None);
    }
    direct(connection, stream, json!({ "seq": sequence })).await
}

/// The last message on a subject of a stream.
pub(super) async fn last_on(
    connection: &Arc<Connection>,
    stream: &str,
    subject: &str,
) -> Result<Option<Delivery>, Error> {
    direct(connection, stream, json!({ "last_by_subj": subject })).await
}

async fn direct(
    connection: &Arc<Connection>,
    stream: &str,
    which: Value,
) -> Result<Option<Delivery>, Error> {
    let doing = format!("get a message of stream {stream}");
    let subject = format!("$JS.API.DIRECT.GET.{stream}");
    let body = which.to_string().into();
    let answer = match connection
        .ask(&doing, &subject, body, settings::API_WAIT)
        .await
    {
        Err(Error::Unavailable(why)) => {
            // Nobody answers for a stream that does not exist either.
            stream_info(connection, stream).await?;
            return Err(Error::Unavailable(why));
        }
        answer => answer?,
    };
    match answer.status {
        None | Some(StatusCode::OK) => match convert::direct(answer, stream) {
            Some(delivery) => Ok(Some(delivery)),
            None => Err(refused(doing, "the answer cannot be read".to_owned())),
        },
        Some(StatusCode::NOT_FOUND) => Ok(None),
        Some(status) => {
            let why = answer.description.unwrap_or_default();
            Err(refused(doing, format!("{status} {why}")))
        }
    }
}

fn refused(doing: String, why: String) -> Error {
    Error::Refused {
        doing,
        code: 0,
        why,
    }
}
