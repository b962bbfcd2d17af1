//! What couriers tell receivers through.

use std::fmt::Debug;

use async_trait::async_trait;
use posthouse_domain::notify::Receiver;

use crate::channel::Error;
use crate::parcel::Parcel;

/// The way out of the system. [`crate::Client`] is the one that goes out; a simulation has its
/// own.
#[async_trait]
pub trait Post: Debug + Send + Sync + 'static {
    /// Tells a receiver once, and returns the receipt.
    ///
    /// # Errors
    ///
    /// [`Error`]; [`Error::NoAnswer`] where the parcel may have arrived.
    async fn post(&self, receiver: &Receiver, parcel: &Parcel) -> Result<String, Error>;
}
