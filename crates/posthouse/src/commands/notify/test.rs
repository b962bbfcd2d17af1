//! `posthouse notify test`: one message to one receiver, by the code that couriers run.
//!
//! Nothing is noted in any log: the receiver is told, and so is whoever asked.

use std::sync::Arc;
use std::time::Instant;

use posthouse_bus::Bus;
use posthouse_bus_nats::NatsBus;
use posthouse_domain::notify::{Channel, Receiver};
use posthouse_notifier::{Client, Parcel, Post, PostError, Reach};
use posthouse_policy::Policy;
use posthouse_runtime::clock::Clock;
use serde::Serialize;

use crate::bus;
use crate::cli::connect::BusArgs;
use crate::cli::notify::TestArgs;
use crate::commands::bundle;
use crate::exit::{Error, Exit};
use crate::output::Output;
use crate::words;

/// What is printed.
#[derive(Serialize)]
struct Tried<'a> {
    receiver: &'a str,
    channel: &'static str,
    /// Whether it was taken.
    told: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    /// Whether trying again may help.
    #[serde(skip_serializing_if = "Option::is_none")]
    again: Option<bool>,
    /// How long it took, in milliseconds.
    ms: u64,
}

/// Does what was asked.
pub(super) async fn run(args: &TestArgs, output: &Output) -> Result<Exit, Error> {
    let source = bundle::open(&args.policy)?;
    let policy = bundle::usable(&source, output)?;
    let receiver = find(&policy, &args.receiver)?;
    let client = client(args, receiver).await?;
    let parcel = Parcel::test(receiver, Clock::system().now());
    let began = Instant::now();
    let told = client.post(receiver, &parcel).await;
    let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    if output.json() {
        output.object(&tried(receiver, &told, ms))?;
    }
    match told {
        Ok(receipt) => {
            if !output.json() {
                output.line(format!("{} was told in {ms} ms: {receipt}", receiver.key))?;
            }
            Ok(Exit::Done)
        }
        Err(error) => {
            let exit = if error.is_final() {
                Exit::Refused
            } else {
                Exit::Unavailable
            };
            Err(Error::new(exit, error.to_string()))
        }
    }
}

fn find<'a>(policy: &'a Policy, key: &str) -> Result<&'a Receiver, Error> {
    let receivers = &policy.receivers.receivers;
    receivers.get(key).ok_or_else(|| {
        let hint = words::suggestion(key, receivers.keys().map(String::as_str));
        let message = format!("find receiver `{key}` in the bundle");
        Error::new(Exit::NotFound, message).hint(hint)
    })
}

/// A client as the notifier of this configuration has it.
async fn client(args: &TestArgs, receiver: &Receiver) -> Result<Client, Error> {
    let config = bus::load(&BusArgs {
        nats: args.nats.clone(),
        region: None,
        config: args.config.clone(),
    })?;
    let reach = Reach::of(&config.webhooks);
    let client = Client::within(reach).map_err(|error| Error::failed(error.to_string()))?;
    if !matches!(receiver.channel, Channel::Nats(_)) {
        return Ok(client);
    }
    if config.bus.urls.is_empty() {
        let message = "tell which NATS server to use: the receiver is on one of its subjects";
        return Err(Error::usage(message).hint("--nats nats://127.0.0.1:4222"));
    }
    let bus = NatsBus::connect(&bus::options(&config.bus)?).await?;
    Ok(client.on(bus as Arc<dyn Bus>))
}

fn tried<'a>(receiver: &'a Receiver, told: &Result<String, PostError>, ms: u64) -> Tried<'a> {
    let error = told.as_ref().err();
    Tried {
        receiver: &receiver.key,
        channel: receiver.channel.as_str(),
        told: told.is_ok(),
        receipt: told.as_ref().ok().cloned(),
        error: error.map(ToString::to_string),
        code: error.map(PostError::code),
        again: error.map(|error| !error.is_final()),
        ms,
    }
}
