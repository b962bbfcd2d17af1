//! Short messages by Twilio: a form, and name and password.
//!
//! # Source
//!
//! Messages resource, api version 2010-04-01, twilio.com: form, status 201, error codes.

use posthouse_domain::Timestamp;
use posthouse_domain::notify::{Secret, Twilio};
use serde::Deserialize;

use super::sign::{base64, form, percent};
use super::{Adapter, Answer, Call, Error, HttpCall, Keys, url};
use crate::limits;
use crate::parcel::Parcel;

/// The number is none, is no mobile's, or does not want any more: it will be so next time, too.
const REJECTED: [i64; 4] = [21_211, 21_408, 21_610, 21_614];

/// A message to a number.
pub(super) struct Text<'a>(pub(super) &'a str, pub(super) &'a Twilio);

#[derive(Deserialize)]
struct Problem {
    code: i64,
}

#[derive(Deserialize)]
struct Taken {
    sid: String,
}

impl Adapter for Text<'_> {
    fn secrets(&self) -> Vec<&Secret> {
        vec![&self.1.token]
    }

    fn prepare(&self, parcel: &Parcel, keys: &Keys, _now: Timestamp) -> Result<Call, Error> {
        let Self(to, twilio) = self;
        let path = format!(
            "{}/2010-04-01/Accounts/{}/Messages.json",
            twilio.url.trim_end_matches('/'),
            percent(&twilio.account)
        );
        let text = parcel.rendered().sms(limits::SMS_PARTS_MAX).text;
        let login = base64(format!("{}:{}", twilio.account, keys.of(&twilio.token)).as_bytes());
        Ok(Call::Http(HttpCall {
            url: url(&path)?,
            headers: vec![
                (
                    "content-type",
                    "application/x-www-form-urlencoded".to_owned(),
                ),
                ("authorization", format!("Basic {login}")),
            ],
            body: form(&[("To", to), ("From", &twilio.from), ("Body", &text)]).into_bytes(),
        }))
    }

    fn judge(&self, answer: &Answer) -> Result<String, Error> {
        match answer.status {
            200..=299 => Ok(format!("Twilio {}", answer.json::<Taken>()?.sid)),
            429 => Err(answer.busy()),
            _ => match answer.json::<Problem>() {
                Ok(Problem { code }) if REJECTED.contains(&code) => Err(answer.rejected()),
                _ => Err(answer.refused()),
            },
        }
    }
}
