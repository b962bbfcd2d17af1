//! Reading a stream from a place in it.

use std::collections::VecDeque;
use std::sync::Arc;

use futures::StreamExt;
use futures::stream::unfold;
use posthouse_domain::Timestamp;

use super::check;
use super::shared::{Connection, Look};
use super::state::State;
use crate::{Deliveries, Delivery, Error, Until, limits};

/// Where a reader is.
struct Reader {
    connection: Connection,
    stream: String,
    filters: Vec<String>,
    /// Everything up to here was read.
    through: u64,
    /// Where reading ends, if it does.
    end: Option<u64>,
    ready: VecDeque<Delivery>,
    failed: bool,
}

/// Begins to read.
pub(super) fn read(
    connection: Connection,
    stream: &str,
    filters: &[String],
    from: u64,
    until: Until,
) -> Result<Deliveries, Error> {
    check::filters(filters)?;
    let last = {
        let (mut state, now) = connection.enter()?;
        state.stream(stream, now)?.log.last_sequence()
    };
    let reader = Reader {
        connection,
        stream: stream.to_owned(),
        filters: filters.to_vec(),
        through: from.saturating_sub(1),
        end: (until == Until::Now).then_some(last),
        ready: VecDeque::new(),
        failed: false,
    };
    let deliveries = unfold(reader, |mut reader| async {
        let next = reader.next().await?;
        Some((next, reader))
    });
    Ok(deliveries.boxed())
}

impl Reader {
    /// The next delivery; nothing at the end and after an error.
    async fn next(&mut self) -> Option<Result<Delivery, Error>> {
        if self.failed {
            return None;
        }
        if self.ready.is_empty() {
            match self.more().await {
                Ok(more) => self.ready = more.into(),
                Err(error) => {
                    self.failed = true;
                    return Some(Err(error));
                }
            }
        }
        let delivery = self.ready.pop_front()?;
        self.through = delivery.sequence;
        Some(Ok(delivery))
    }

    async fn more(&self) -> Result<Vec<Delivery>, Error> {
        self.connection
            .wait_for(|state, now| self.look(state, now))
            .await
    }

    fn look(&self, state: &mut State, now: Timestamp) -> Result<Look<Vec<Delivery>>, Error> {
        let stream = state.stream(&self.stream, now)?;
        let most = limits::TURN_DELIVERIES_MAX;
        let mut more = stream.log.select(&self.filters, self.through, most, None);
        if let Some(end) = self.end {
            more.retain(|delivery| delivery.sequence <= end);
        } else if more.is_empty() {
            return Ok(Look::NotYet(Arc::clone(&stream.grown), None));
        }
        Ok(Look::Found(more))
    }
}
