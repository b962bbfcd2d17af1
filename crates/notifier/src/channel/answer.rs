//! What came back.

use serde::de::DeserializeOwned;

use super::Error;
use crate::limits;

/// What came back from an endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The status of HTTP or of SMTP; 0 where there is none.
    pub(crate) status: u16,
    /// What it said, at most [`limits::ANSWER_BYTES_MAX`] bytes.
    pub(crate) body: String,
    /// Why there is not more of it, where it broke off.
    pub(crate) cut: Option<String>,
    /// How long it asks to be left alone, in milliseconds.
    pub(crate) retry_after_ms: Option<u32>,
}

impl Answer {
    /// What an HTTP answer means by its status alone.
    pub(crate) fn by_status(&self) -> Result<String, Error> {
        match self.status {
            200..=299 => {
                let said = self.beginning();
                let receipt = format!("HTTP {} {}", self.status, said.trim());
                Ok(receipt.trim().to_owned())
            }
            410 => Err(Error::Gone("410".to_owned())),
            _ => Err(self.refused()),
        }
    }

    /// What the JSON of a successful answer says. Endpoints that say in their answer what became
    /// of a message have said nothing as long as it cannot be read: the message may have arrived.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_str(&self.body).map_err(|error| {
            let why = self.cut.clone().unwrap_or_else(|| error.to_string());
            Error::NoAnswer(format!("its answer cannot be read: {why}"))
        })
    }

    /// Not taken; trying again may help.
    pub(crate) fn refused(&self) -> Error {
        Error::Refused {
            status: self.status,
            answer: self.beginning(),
            retry_after_ms: self.retry_after_ms,
        }
    }

    /// Not taken: too many at once. Where it does not say how long to wait, a minute, which is
    /// what the robots of messengers count by.
    pub(crate) fn busy(&self) -> Error {
        Error::Refused {
            status: self.status,
            answer: self.beginning(),
            retry_after_ms: self.retry_after_ms.or(Some(limits::BUSY_MS)),
        }
    }

    /// Not taken, and never will be.
    pub(crate) fn rejected(&self) -> Error {
        Error::Rejected {
            status: self.status,
            answer: self.beginning(),
        }
    }

    /// What is kept of what it said.
    pub(crate) fn beginning(&self) -> String {
        self.body.chars().take(limits::RECEIPT_CHARS_MAX).collect()
    }
}
