//! Sending messages to streams.

use async_nats::client::PublishErrorKind;
use futures::FutureExt;
use posthouse_bus::{Error, Outgoing, Receipt, Stored};

use super::connection::Connection;
use super::convert;

/// Sends a message; the receipt tells when it is stored.
pub(super) async fn publish(connection: &Connection, message: Outgoing) -> Result<Receipt, Error> {
    connection.check_open()?;
    let subject = convert::plain_subject(&message.subject)?;
    let headers = convert::outgoing_headers(&message)?;
    let bytes = message.payload.len();
    let (reply, receipt) = connection.receipts.expect(&subject, bytes).await?;
    let client = &connection.client;
    let sent = if headers.is_empty() {
        client
            .publish_with_reply(subject, reply.clone(), message.payload)
            .await
    } else {
        client
            .publish_with_reply_and_headers(subject, reply.clone(), headers, message.payload)
            .await
    };
    if let Err(error) = sent {
        connection.receipts.forget(&reply);
        return Err(not_sent(
            &error,
            &message.subject,
            bytes,
            client.max_payload(),
        ));
    }
    // Whoever would answer is gone only when the connection is.
    Ok(receipt
        .map(|outcome| outcome.unwrap_or(Err(Error::Closed)))
        .boxed())
}

/// Sends a message and waits until it is stored.
pub(super) async fn store(connection: &Connection, message: Outgoing) -> Result<Stored, Error> {
    publish(connection, message).await?.await
}

fn not_sent(
    error: &async_nats::PublishError,
    subject: &str,
    bytes: usize,
    bytes_max: usize,
) -> Error {
    match error.kind() {
        PublishErrorKind::MaxPayloadExceeded => Error::TooLarge { bytes, bytes_max },
        PublishErrorKind::InvalidSubject => Error::Refused {
            doing: format!("publish to `{subject}`"),
            code: 0,
            why: error.to_string(),
        },
        PublishErrorKind::Send => Error::Closed,
    }
}
