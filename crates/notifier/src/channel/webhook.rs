//! Webhooks, signed after Standard Webhooks 1.0.
//!
//! The identity of the message is the identity of the request, the same for every attempt, so
//! that the other side can recognise a repeat. Each secret signs; the other side takes any
//! signature that it can verify, so secrets are replaced without a gap.

use posthouse_domain::Timestamp;
use posthouse_domain::notify::{Secret, Webhook};
use standardwebhooks::Webhook as Signer;

use super::{Adapter, Answer, Call, Error, HttpCall, Keys, address, secret_of};
use crate::parcel::Parcel;

/// A webhook.
pub(super) struct Hook<'a>(pub(super) &'a Webhook);

impl Adapter for Hook<'_> {
    fn secrets(&self) -> Vec<&Secret> {
        self.0
            .secrets
            .iter()
            .chain(secret_of(&self.0.url))
            .collect()
    }

    fn prepare(&self, parcel: &Parcel, keys: &Keys, now: Timestamp) -> Result<Call, Error> {
        let (seconds, body) = (now.as_millis() / 1_000, parcel.payload());
        let mut headers = vec![
            ("content-type", "application/json".to_owned()),
            ("webhook-id", parcel.id().to_owned()),
            ("webhook-timestamp", seconds.to_string()),
        ];
        let signatures = self.0.secrets.iter().map(|secret| {
            Signer::new(keys.of(secret))
                .and_then(|signer| signer.sign(parcel.id(), seconds, &body))
                .map_err(|error| Error::Misconfigured(format!("use {}: {error}", place(secret))))
        });
        let signatures: Vec<String> = signatures.collect::<Result<_, Error>>()?;
        if !signatures.is_empty() {
            headers.push(("webhook-signature", signatures.join(" ")));
        }
        Ok(Call::Http(HttpCall {
            url: address(&self.0.url, keys)?,
            headers,
            body,
        }))
    }

    fn judge(&self, answer: &Answer) -> Result<String, Error> {
        answer.by_status()
    }
}

/// Where a secret lies, for people.
fn place(secret: &Secret) -> String {
    match secret {
        Secret::File(path) => format!("the secret in {path}"),
        Secret::Variable(name) => format!("the secret in ${name}"),
    }
}
