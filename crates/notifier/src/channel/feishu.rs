//! Robots of Feishu and Lark groups.
//!
//! The signature is keyed by time and secret together and made of nothing: what others call the
//! message is the key here, and the message is empty. It travels in the body.
//!
//! # Source
//!
//! Custom bot usage guide, open.feishu.cn: signature, interactive cards, error codes. A robot
//! takes a hundred messages a minute and five a second.

use posthouse_domain::Timestamp;
use posthouse_domain::notify::{Robot, Secret};
use posthouse_templates::Dialect;
use serde::Deserialize;
use serde_json::json;

use super::sign::{base64, hmac};
use super::{Adapter, Answer, Call, Error, Keys, json, url};
use crate::parcel::Parcel;

/// The token in the address is not known.
const GONE: i64 = 19_001;
/// Too many messages.
const BUSY: i64 = 11_232;

/// A robot of Feishu.
pub(super) struct Feishu<'a>(pub(super) &'a Robot);

/// Both spellings occur.
#[derive(Deserialize)]
struct Said {
    #[serde(alias = "StatusCode")]
    code: i64,
}

impl Adapter for Feishu<'_> {
    fn secrets(&self) -> Vec<&Secret> {
        [Some(&self.0.url), self.0.secret.as_ref()]
            .into_iter()
            .flatten()
            .collect()
    }

    fn prepare(&self, parcel: &Parcel, keys: &Keys, now: Timestamp) -> Result<Call, Error> {
        let text = parcel.rendered().markdown(Dialect::Feishu);
        let mut body = json!({
            "msg_type": "interactive",
            "card": { "elements": [{ "tag": "markdown", "content": text }] },
        });
        if let Some(secret) = &self.0.secret {
            let seconds = (now.as_millis() / 1_000).to_string();
            let sign = base64(&hmac(&format!("{seconds}\n{}", keys.of(secret)), ""));
            body["timestamp"] = seconds.into();
            body["sign"] = sign.into();
        }
        Ok(json(url(keys.of(&self.0.url))?, &body))
    }

    fn judge(&self, answer: &Answer) -> Result<String, Error> {
        // A refusal may come as 200 and as 400; the code in it tells more than the status.
        match answer.json::<Said>() {
            Ok(Said { code: GONE }) => Err(Error::Gone(answer.beginning())),
            Ok(Said { code: BUSY }) => Err(answer.busy()),
            Ok(Said { code: 0 }) => answer.by_status(),
            Ok(_) => Err(answer.refused()),
            Err(unreadable) => Err(answer.by_status().err().unwrap_or(unreadable)),
        }
    }
}
