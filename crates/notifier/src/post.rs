//! What couriers tell receivers through.

use std::fmt::Debug;

use async_trait::async_trait;
use posthouse_domain::notify::Receiver;

use crate::webhook::{Client, Error, Parcel};

/// The way out of the system. [`Client`] is the one that posts over HTTP.
#[async_trait]
pub trait Post: Debug + Send + Sync + 'static {
    /// Tells a receiver once, and returns the receipt.
    ///
    /// # Errors
    ///
    /// [`Error`]; [`Error::NoAnswer`] where the parcel may have arrived.
    async fn post(&self, receiver: &Receiver, parcel: &Parcel) -> Result<String, Error>;
}

#[async_trait]
impl Post for Client {
    async fn post(&self, receiver: &Receiver, parcel: &Parcel) -> Result<String, Error> {
        Self::post(self, receiver, parcel).await
    }
}
