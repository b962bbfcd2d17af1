//! Questions over the bus: `query.ticket`, answered from the read model.

use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use posthouse_bus::{Query, Role};
use posthouse_wire::{decode_message, v1};
use prost::Message;
use tokio_util::sync::CancellationToken;

use crate::desk::Inner;
use crate::error::Error;
use crate::limits;

/// The question that is answered.
const TICKET: &str = "ticket";

/// Answers questions until told to stop, shared with the other desks of the region.
pub(crate) async fn serve(inner: Arc<Inner>, stop: CancellationToken) {
    let mut wait = limits::RETRY_FIRST;
    loop {
        let outcome = tokio::select! {
            () = stop.cancelled() => return,
            outcome = serve_on(&inner) => outcome,
        };
        match outcome {
            Ok(()) => wait = limits::RETRY_FIRST,
            Err(error) => tracing::warn!(%error, "answering questions broke off"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
        }
        wait = (wait * 2).min(limits::RETRY_MAX);
    }
}

async fn serve_on(inner: &Arc<Inner>) -> Result<(), Error> {
    let subject = inner.topology.subjects.query(TICKET);
    let questions = inner.bus.serve(&subject, Role::Desk.as_str()).await?;
    questions
        .for_each_concurrent(limits::QUESTIONS_MAX, |query| answer(inner, query))
        .await;
    Ok(())
}

/// A question that cannot be read, or be answered now, gets no answer: whoever asked waits no
/// longer than it wants to, and must not take a failure for "not found".
async fn answer(inner: &Arc<Inner>, query: Query) {
    let answered = match decode_message::<v1::TicketQuery>("ticket_query", query.payload) {
        Ok(question) => look_up(inner, &question.ticket).await,
        Err(error) => {
            tracing::warn!(%error, "a question cannot be read");
            return;
        }
    };
    match answered {
        Ok(answer) => {
            let sent = (query.reply)(Bytes::from(answer.encode_to_vec())).await;
            if let Err(error) = sent {
                tracing::warn!(%error, "an answer was not sent");
            }
        }
        Err(error) => tracing::warn!(%error, code = error.code(), "a question has no answer"),
    }
}

async fn look_up(inner: &Arc<Inner>, ticket: &str) -> Result<v1::TicketAnswer, Error> {
    let Some(view) = inner.ticket(ticket).await? else {
        return Ok(v1::TicketAnswer::default());
    };
    let json = serde_json::to_vec(&view)
        .map_err(|error| Error::Stopped(format!("write a ticket down: {error}")))?;
    Ok(v1::TicketAnswer {
        found: true,
        ticket_id: view.summary.ticket_id,
        state: view.summary.state.to_owned(),
        json: json.into(),
    })
}
