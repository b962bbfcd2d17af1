//! Short messages by a gateway of one's own: JSON with `id`, `to` and `text`, and a bearer token.
//! The `id` is the same for every attempt; it stands in `idempotency-key`, too.

use posthouse_domain::Timestamp;
use posthouse_domain::notify::{HttpGateway, Secret};
use serde_json::json;

use super::{Adapter, Answer, Call, Error, HttpCall, Keys, address, secret_of};
use crate::limits;
use crate::parcel::Parcel;

/// A message to a number.
pub(super) struct Text<'a>(pub(super) &'a str, pub(super) &'a HttpGateway);

impl Adapter for Text<'_> {
    fn secrets(&self) -> Vec<&Secret> {
        self.1.token.iter().chain(secret_of(&self.1.url)).collect()
    }

    fn prepare(&self, parcel: &Parcel, keys: &Keys, _now: Timestamp) -> Result<Call, Error> {
        let Self(to, gateway) = self;
        let text = parcel.rendered().sms(limits::SMS_PARTS_MAX).text;
        let mut headers = vec![
            ("content-type", "application/json".to_owned()),
            ("idempotency-key", parcel.id().to_owned()),
        ];
        if let Some(token) = &gateway.token {
            headers.push(("authorization", format!("Bearer {}", keys.of(token))));
        }
        let body = json!({ "id": parcel.id(), "to": to, "text": text });
        Ok(Call::Http(HttpCall {
            url: address(&gateway.url, keys)?,
            headers,
            body: body.to_string().into_bytes(),
        }))
    }

    fn judge(&self, answer: &Answer) -> Result<String, Error> {
        match answer.status {
            422 => Err(answer.rejected()),
            429 => Err(answer.busy()),
            _ => answer.by_status(),
        }
    }
}
