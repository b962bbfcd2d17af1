//! Incoming webhooks of Slack.
//!
//! # Source
//!
//! Sending messages using incoming webhooks, docs.slack.dev: body, `ok`, error words. One message
//! a second, then 429 with `Retry-After`.

use posthouse_domain::Timestamp;
use posthouse_domain::notify::{Robot, Secret};
use posthouse_templates::Dialect;
use serde_json::json;

use super::{Adapter, Answer, Call, Error, Keys, json, url};
use crate::parcel::Parcel;

/// The address was disabled or removed, or what it wrote to is no more.
const GONE: [&str; 4] = [
    "no_service",
    "no_active_hooks",
    "no_team",
    "channel_is_archived",
];

/// An incoming webhook of Slack.
pub(super) struct Slack<'a>(pub(super) &'a Robot);

impl Adapter for Slack<'_> {
    fn secrets(&self) -> Vec<&Secret> {
        vec![&self.0.url]
    }

    fn prepare(&self, parcel: &Parcel, keys: &Keys, _now: Timestamp) -> Result<Call, Error> {
        let text = parcel.rendered().markdown(Dialect::Slack);
        let section = json!({ "type": "section", "text": { "type": "mrkdwn", "text": text } });
        let body = json!({
            // What telephones show, where there is no room for blocks.
            "text": Dialect::Slack.escape(&parcel.rendered().subject),
            "blocks": [section],
            "unfurl_links": false,
        });
        Ok(json(url(keys.of(&self.0.url))?, &body))
    }

    fn judge(&self, answer: &Answer) -> Result<String, Error> {
        if GONE.contains(&answer.body.trim()) {
            return Err(Error::Gone(answer.beginning()));
        }
        match answer.status {
            429 => Err(answer.busy()),
            _ => answer.by_status(),
        }
    }
}
