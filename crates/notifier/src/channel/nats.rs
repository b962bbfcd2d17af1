//! A subject of the NATS server, for other systems beside Posthouse: CloudEvents 1.0 in the
//! binary mode of their NATS binding, the attributes as headers and the data as payload.
//!
//! A stream must store the subject. Its receipt says that the message is kept, and it knows a
//! repeat by the message's identity.
//!
//! # Source
//!
//! CloudEvents 1.0.2 and its NATS protocol binding, github.com/cloudevents/spec.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use posthouse_bus::{Headers, Outgoing};
use posthouse_domain::Timestamp;
use posthouse_domain::notify::{Nats, Secret};

use super::{Adapter, Answer, Call, Error, Keys};
use crate::parcel::Parcel;

/// What the values of attributes may not hold in a header.
const ENCODED: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'%');

/// What is published.
pub(super) struct Published<'a>(pub(super) &'a Nats);

impl Adapter for Published<'_> {
    fn secrets(&self) -> Vec<&Secret> {
        Vec::new()
    }

    fn prepare(&self, parcel: &Parcel, _keys: &Keys, _now: Timestamp) -> Result<Call, Error> {
        // The policy was checked, but it came through the log: this is the place that sends.
        if !Nats::is_foreign(&self.0.subject) {
            let why = format!("`{}` is no subject of another system", self.0.subject);
            return Err(Error::Misconfigured(why));
        }
        let source = format!("/posthouse/{}", parcel.features().region);
        let attributes = [
            ("ce-specversion", "1.0"),
            ("ce-id", parcel.id()),
            ("ce-source", &source),
            ("ce-type", &parcel.kind()),
            ("ce-time", &parcel.at().to_string()),
            ("ce-subject", parcel.number()),
        ];
        let mut headers = Headers::default().with("content-type", "application/json");
        for (name, value) in attributes {
            headers.set(name, utf8_percent_encode(value, ENCODED).to_string());
        }
        let (subject, id) = (self.0.subject.clone(), parcel.id().to_owned());
        Ok(Call::Message(Outgoing {
            headers,
            ..Outgoing::new(subject, id, parcel.payload().into())
        }))
    }

    fn judge(&self, answer: &Answer) -> Result<String, Error> {
        Ok(format!("NATS {}", answer.beginning()))
    }
}
