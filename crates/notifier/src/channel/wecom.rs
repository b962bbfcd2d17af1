//! Robots of WeCom groups. They know no signature: whoever has the address may write.
//!
//! # Source
//!
//! Group robots, developer.work.weixin.qq.com: message type `markdown`, global error codes. A
//! robot takes twenty messages a minute.

use posthouse_domain::Timestamp;
use posthouse_domain::notify::{Robot, Secret};
use posthouse_templates::Dialect;
use serde::Deserialize;
use serde_json::json;

use super::{Adapter, Answer, Call, Error, Keys, json, url};
use crate::parcel::Parcel;

/// The address is not known, or the robot was removed.
const GONE: i64 = 93_000;
/// Too many messages.
const BUSY: i64 = 45_009;

/// A robot of WeCom.
pub(super) struct WeCom<'a>(pub(super) &'a Robot);

#[derive(Deserialize)]
struct Said {
    errcode: i64,
}

impl Adapter for WeCom<'_> {
    fn secrets(&self) -> Vec<&Secret> {
        vec![&self.0.url]
    }

    fn prepare(&self, parcel: &Parcel, keys: &Keys, _now: Timestamp) -> Result<Call, Error> {
        let text = parcel.rendered().markdown(Dialect::WeCom);
        let body = json!({ "msgtype": "markdown", "markdown": { "content": text } });
        Ok(json(url(keys.of(&self.0.url))?, &body))
    }

    fn judge(&self, answer: &Answer) -> Result<String, Error> {
        answer.by_status()?;
        match answer.json::<Said>()?.errcode {
            0 => answer.by_status(),
            GONE => Err(Error::Gone(answer.beginning())),
            BUSY => Err(answer.busy()),
            _ => Err(answer.refused()),
        }
    }
}
