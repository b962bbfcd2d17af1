//! Channels: what a receiver is sent, and what its answer means.
//!
//! One file for each channel, behind one trait. An [`Adapter`] is pure: it makes a [`Call`] of a
//! parcel, its secrets and the time, and reads the [`Answer`]. It reads no file and opens no
//! connection; [`crate::Client`] does, with the bounds that hold for all of them. So every
//! channel is tested by reading its request beside the text of whoever documents it.
//!
//! # Invariants
//!
//! - A call is the same for every attempt of a request, but for signatures and the time.
//! - What a customer wrote never becomes markup, a mention, a header or an address.
//! - A secret stands in a call and nowhere else: no error, receipt or log shows one.

mod aliyun;
mod answer;
mod apprise;
mod dingtalk;
mod email;
mod error;
mod feishu;
mod gateway;
mod nats;
mod secret;
mod sign;
mod slack;
mod twilio;
mod webhook;
mod wecom;

#[cfg(test)]
mod golden;

use lettre::address::Envelope;
use posthouse_bus::Outgoing;
use posthouse_domain::Timestamp;
use posthouse_domain::notify::{Address, Channel, Gateway, Messenger, Relay, Secret};
use reqwest::Url;

pub(crate) use answer::Answer;
pub use error::Error;
pub(crate) use secret::Keys;

use crate::parcel::Parcel;

/// One way of telling somebody.
pub(crate) trait Adapter: Send + Sync {
    /// The secrets that a call needs.
    fn secrets(&self) -> Vec<&Secret>;

    /// What to send at `now`, the time of this host's clock: it goes into signatures.
    fn prepare(&self, parcel: &Parcel, keys: &Keys, now: Timestamp) -> Result<Call, Error>;

    /// What an answer means: the receipt, or why there is none.
    fn judge(&self, answer: &Answer) -> Result<String, Error>;
}

/// What is sent.
#[derive(Debug)]
pub(crate) enum Call {
    /// An HTTP `POST`.
    Http(HttpCall),
    /// A message for a relay.
    Mail(Box<Mail>),
    /// A message for a stream.
    Message(Outgoing),
}

/// An HTTP `POST`.
#[derive(Debug)]
pub(crate) struct HttpCall {
    pub(crate) url: Url,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

/// A message for a relay.
#[derive(Debug)]
pub(crate) struct Mail {
    pub(crate) relay: Relay,
    pub(crate) password: Option<String>,
    pub(crate) envelope: Envelope,
    pub(crate) message: Vec<u8>,
}

/// The adapter of a channel; none for the console, for which nothing leaves the system.
pub(crate) fn adapter(channel: &Channel) -> Option<Box<dyn Adapter + '_>> {
    Some(match channel {
        Channel::Console => return None,
        Channel::Webhook(webhook) => Box::new(webhook::Hook(webhook)),
        Channel::Email(email) => Box::new(email::Letter(email)),
        Channel::Robot(robot) => match robot.messenger {
            Messenger::DingTalk => Box::new(dingtalk::DingTalk(robot)),
            Messenger::WeCom => Box::new(wecom::WeCom(robot)),
            Messenger::Feishu => Box::new(feishu::Feishu(robot)),
            Messenger::Slack => Box::new(slack::Slack(robot)),
        },
        Channel::Sms(sms) => match &sms.gateway {
            Gateway::Aliyun(aliyun) => Box::new(aliyun::Text(&sms.to, aliyun)),
            Gateway::Twilio(twilio) => Box::new(twilio::Text(&sms.to, twilio)),
            Gateway::Http(http) => Box::new(gateway::Text(&sms.to, http)),
        },
        Channel::Apprise(apprise) => Box::new(apprise::Passed(apprise)),
        Channel::Nats(nats) => Box::new(nats::Published(nats)),
    })
}

/// Reads an address wherever it stands.
fn address(address: &Address, keys: &Keys) -> Result<Url, Error> {
    match address {
        Address::Plain(text) => url(text),
        Address::Secret(secret) => url(keys.of(secret)),
    }
}

/// The secret that an address is, if it is one.
const fn secret_of(address: &Address) -> Option<&Secret> {
    match address {
        Address::Plain(_) => None,
        Address::Secret(secret) => Some(secret),
    }
}

/// Reads an address. It may be a secret, so the error does not show it.
fn url(text: &str) -> Result<Url, Error> {
    Url::parse(text).map_err(|error| Error::Misconfigured(format!("read the address: {error}")))
}

/// A call with JSON.
fn json(url: Url, body: &serde_json::Value) -> Call {
    Call::Http(HttpCall {
        url,
        headers: vec![("content-type", "application/json".to_owned())],
        body: body.to_string().into_bytes(),
    })
}
