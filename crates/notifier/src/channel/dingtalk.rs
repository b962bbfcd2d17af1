//! Robots of DingTalk groups.
//!
//! The signature is keyed by the secret and made of time and secret: the key is part of the
//! message. It travels in the query, in base64 with everything reserved encoded.
//!
//! # Source
//!
//! Custom robots, open.dingtalk.com: signature, message type `markdown`, error codes. A robot
//! takes twenty messages a minute.

use posthouse_domain::Timestamp;
use posthouse_domain::notify::{Robot, Secret};
use posthouse_templates::Dialect;
use serde::Deserialize;
use serde_json::json;

use super::sign::{base64, hmac};
use super::{Adapter, Answer, Call, Error, Keys, json, url};
use crate::parcel::Parcel;

/// The token is not known, or the robot was removed or stopped.
const GONE: [i64; 2] = [300_001, 300_005];
/// Too many messages.
const BUSY: [i64; 2] = [130_101, 410_100];

/// A robot of DingTalk.
pub(super) struct DingTalk<'a>(pub(super) &'a Robot);

#[derive(Deserialize)]
struct Said {
    errcode: i64,
}

impl Adapter for DingTalk<'_> {
    fn secrets(&self) -> Vec<&Secret> {
        [Some(&self.0.url), self.0.secret.as_ref()]
            .into_iter()
            .flatten()
            .collect()
    }

    fn prepare(&self, parcel: &Parcel, keys: &Keys, now: Timestamp) -> Result<Call, Error> {
        let mut url = url(keys.of(&self.0.url))?;
        if let Some(secret) = &self.0.secret {
            let (ms, secret) = (now.as_millis().to_string(), keys.of(secret));
            let sign = base64(&hmac(secret, &format!("{ms}\n{secret}")));
            url.query_pairs_mut()
                .append_pair("timestamp", &ms)
                .append_pair("sign", &sign);
        }
        let text = parcel.rendered().markdown(Dialect::DingTalk);
        let markdown = json!({ "title": parcel.rendered().subject, "text": text });
        Ok(json(
            url,
            &json!({ "msgtype": "markdown", "markdown": markdown }),
        ))
    }

    fn judge(&self, answer: &Answer) -> Result<String, Error> {
        answer.by_status()?;
        match answer.json::<Said>()?.errcode {
            0 => answer.by_status(),
            code if GONE.contains(&code) => Err(Error::Gone(answer.beginning())),
            code if BUSY.contains(&code) => Err(answer.busy()),
            _ => Err(answer.refused()),
        }
    }
}
