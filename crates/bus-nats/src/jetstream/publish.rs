//! Sending messages to streams.

use async_nats::client::PublishErrorKind;
use futures::FutureExt;
use posthouse_bus::{Error, Outgoing, Receipt, Stored, limits};

use super::connection::{Connection, in_time};
use super::convert;

/// Sends a message; the receipt tells when it is stored.
pub(super) async fn publish(connection: &Connection, message: Outgoing) -> Result<Receipt, Error> {
    connection.check_open()?;
    let subject = convert::plain_subject(&message.subject)?;
    let headers = convert::outgoing_headers(&message)?;
    let bytes = message.payload.len();
    let (reply, receipt) = connection.receipts.expect(&subject, bytes).await?;
    let client = &connection.client;
    let sending = async {
        let reply = reply.clone();
        if headers.is_empty() {
            client
                .publish_with_reply(subject, reply, message.payload)
                .await
        } else {
            client
                .publish_with_reply_and_headers(subject, reply, headers, message.payload)
                .await
        }
    };
    let sent = in_time(limits::RECEIPT_WAIT, sending).await;
    if !matches!(sent, Some(Ok(()))) {
        connection.receipts.forget(&reply);
    }
    match sent {
        Some(Ok(())) => {}
        Some(Err(error)) => {
            return Err(not_sent(
                &error,
                &message.subject,
                bytes,
                client.max_payload(),
            ));
        }
        None => {
            let subject = message.subject;
            return Err(Error::Unavailable(format!(
                "publish to {subject}: no connection"
            )));
        }
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
