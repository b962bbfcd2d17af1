//! Whoever is told by webhook: notes what arrives, and answers well or not.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use posthouse_domain::Timestamp;
use posthouse_domain::notify::Receiver;
use posthouse_notifier::{Parcel, Post, PostError};

use crate::life::Life;

/// What arrived at a receiver.
#[derive(Clone, Debug)]
pub(crate) struct Arrived {
    /// The identity of the request.
    pub(crate) id: String,
    pub(crate) receiver: String,
    pub(crate) at: Timestamp,
    /// Which attempt it says it is: from the second on, the receiver knows that it may have had
    /// it before.
    pub(crate) attempt: u64,
    /// Whether the answer was heard.
    pub(crate) is_answered: bool,
}

/// Everything that arrived anywhere.
#[derive(Debug, Default)]
pub(crate) struct Endpoint(Mutex<Vec<Arrived>>);

impl Endpoint {
    /// What arrived so far, in order.
    pub(crate) fn arrived(&self) -> Vec<Arrived> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn note(&self, arrived: Arrived) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(arrived);
    }
}

/// The way there for one life of a courier.
#[derive(Clone)]
pub(crate) struct Line {
    pub(crate) endpoint: Arc<Endpoint>,
    pub(crate) life: Arc<Life>,
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Line({})", self.life.process)
    }
}

#[async_trait]
impl Post for Line {
    async fn post(&self, receiver: &Receiver, parcel: &Parcel) -> Result<String, PostError> {
        self.life.pass().await;
        let trouble = self.life.strikes("endpoint", |rates| rates.endpoint);
        let kind = self.life.draw(|dice| dice.below(3));
        if trouble && kind == 0 {
            return Err(PostError::NoAnswer("it did not arrive".to_owned()));
        }
        if trouble && kind == 1 {
            return Err(PostError::Refused {
                status: 503,
                answer: "not now".to_owned(),
                retry_after_ms: None,
            });
        }
        self.endpoint.note(Arrived {
            id: parcel.id().to_owned(),
            receiver: receiver.key.clone(),
            at: self.life.world.now(),
            attempt: parcel.attempt().into(),
            is_answered: !trouble,
        });
        self.life.pass().await;
        if trouble {
            return Err(PostError::NoAnswer("the answer was lost".to_owned()));
        }
        Ok("HTTP 204".to_owned())
    }
}
