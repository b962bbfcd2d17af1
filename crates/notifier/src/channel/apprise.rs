//! Apprise: one server that reaches the hundred services it knows.
//!
//! Either the server has the services under a key (`…/notify/KEY`), or they are sent along
//! (`…/notify`); their addresses hold keys, so they come from a secret.
//!
//! # Source
//!
//! Apprise API, github.com/caronc/apprise-api: `POST /notify`, statuses 200, 204, 424.

use posthouse_domain::Timestamp;
use posthouse_domain::notify::{Apprise, Secret};
use posthouse_domain::ticket::Severity;
use serde_json::json;

use super::{Adapter, Answer, Call, Error, Keys, address, json, secret_of};
use crate::parcel::Parcel;

/// What is passed on.
pub(super) struct Passed<'a>(pub(super) &'a Apprise);

impl Adapter for Passed<'_> {
    fn secrets(&self) -> Vec<&Secret> {
        self.0
            .services
            .iter()
            .chain(secret_of(&self.0.url))
            .collect()
    }

    fn prepare(&self, parcel: &Parcel, keys: &Keys, _now: Timestamp) -> Result<Call, Error> {
        let rendered = parcel.rendered();
        let kind = match parcel.features().severity {
            Some(Severity::P0) => "failure",
            Some(Severity::P1) => "warning",
            _ => "info",
        };
        let mut body = json!({
            "title": rendered.subject,
            "body": rendered.text,
            "type": kind,
            "format": "text",
        });
        if let Some(services) = &self.0.services {
            let services: Vec<&str> = keys.of(services).split_whitespace().collect();
            body["urls"] = services.join(",").into();
        }
        if let Some(tag) = &self.0.tag {
            body["tag"] = tag.as_str().into();
        }
        Ok(json(address(&self.0.url, keys)?, &body))
    }

    fn judge(&self, answer: &Answer) -> Result<String, Error> {
        match answer.status {
            // Nothing stands under this key, so nobody was told.
            204 => Err(answer.refused()),
            _ => answer.by_status(),
        }
    }
}
