//! What the same messages cost without Posthouse: the yardstick of `bench pipeline`.
//!
//! Stages in a row, as the client library documents them: a durable pull consumer, `publish` to
//! the next stage's stream with up to [`IN_FLIGHT`] receipts outstanding, and an acknowledgement
//! of each message once its successor is stored. No work, no identities, no order, no recovery.
//! It shares no code with [`crate::NatsBus`], so that what is slow there does not slow this too.

use std::fmt::Display;
use std::time::{Duration, Instant};

use async_nats::Client;
use async_nats::jetstream::{self, Context, consumer, stream};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use posthouse_bus::Error;
use tokio::task::JoinSet;
use uuid::Uuid;

/// Publishes under way at once, in each stage; more make it no faster.
const IN_FLIGHT: usize = 1_024;
/// Messages that a stage asks for at once.
const BATCH: usize = 1_000;
/// Messages of a stage that may be unacknowledged.
const ACK_PENDING_MAX: i64 = 10_000;

/// Sends `tickets` messages of `payload_bytes` bytes through `hops` stages on the server at
/// `urls`, and gives how many a second came through: from the first publish to the last
/// acknowledgement of the last stage. Makes a stream for each stage and deletes it afterwards.
///
/// # Errors
///
/// [`Error::Unavailable`] whatever goes wrong; the figure would be worthless.
pub async fn baseline(
    urls: &[String],
    tickets: u64,
    payload_bytes: usize,
    hops: u32,
) -> Result<f64, Error> {
    let run = Run {
        id: Uuid::now_v7().simple().to_string(),
        tickets: usize::try_from(tickets).map_err(|why| failed("count the tickets", &why))?,
        payload: vec![b'x'; payload_bytes].into(),
        hops,
    };
    let client = connect(urls).await?;
    let jetstream = jetstream::new(client);
    let outcome = run.measure(&jetstream, urls).await;
    for hop in 0..hops {
        if let Err(error) = jetstream.delete_stream(run.stream(hop)).await {
            tracing::warn!(%error, stream = run.stream(hop), "stream of the baseline not deleted");
        }
    }
    outcome
}

struct Run {
    id: String,
    tickets: usize,
    payload: Bytes,
    hops: u32,
}

impl Run {
    fn stream(&self, hop: u32) -> String {
        format!("PH_baseline_{}_{hop}", self.id)
    }

    fn subject(&self, hop: u32) -> String {
        format!("ph-baseline.{}.{hop}", self.id)
    }

    async fn measure(&self, jetstream: &Context, urls: &[String]) -> Result<f64, Error> {
        let mut stages = Vec::new();
        for hop in 0..self.hops {
            stages.push(self.stage(jetstream, urls, hop).await?);
        }
        let feeder = connect(urls).await?;
        let begun = Instant::now();
        let mut running = JoinSet::new();
        running.spawn(feed(
            feeder,
            self.subject(0),
            self.payload.clone(),
            self.tickets,
        ));
        for stage in stages {
            running.spawn(stage.run(self.tickets));
        }
        while let Some(ended) = running.join_next().await {
            ended.map_err(|why| failed("run a stage", &why))??;
        }
        let seconds = begun.elapsed().max(Duration::from_nanos(1)).as_secs_f64();
        let tickets = u32::try_from(self.tickets).unwrap_or(u32::MAX);
        Ok(f64::from(tickets) / seconds)
    }

    async fn stage(&self, jetstream: &Context, urls: &[String], hop: u32) -> Result<Stage, Error> {
        let config = stream::Config {
            name: self.stream(hop),
            subjects: vec![self.subject(hop)],
            ..stream::Config::default()
        };
        let created = jetstream.create_stream(config).await;
        created.map_err(|why| failed("make a stream", &why))?;
        let config = consumer::pull::Config {
            durable_name: Some("stage".to_owned()),
            max_ack_pending: ACK_PENDING_MAX,
            ..consumer::pull::Config::default()
        };
        let client = connect(urls).await?;
        let consumer = jetstream::new(client.clone())
            .create_consumer_on_stream(config, self.stream(hop))
            .await
            .map_err(|why| failed("make a consumer", &why))?;
        let next = (hop + 1 < self.hops).then(|| self.subject(hop + 1));
        Ok(Stage {
            client,
            consumer,
            next,
        })
    }
}

struct Stage {
    client: Client,
    consumer: consumer::PullConsumer,
    /// Where to publish to; nowhere, in the last stage.
    next: Option<String>,
}

impl Stage {
    async fn run(self, tickets: usize) -> Result<(), Error> {
        let jetstream = jetstream::new(self.client.clone());
        let messages = self.consumer.stream().max_messages_per_batch(BATCH);
        let messages = messages.messages().await;
        messages
            .map_err(|why| failed("pull", &why))?
            .take(tickets)
            .map_err(|why| failed("pull", &why))
            .map_ok(|message| pass_on(&jetstream, self.next.clone(), message))
            .try_buffer_unordered(IN_FLIGHT)
            .try_for_each(|()| std::future::ready(Ok(())))
            .await?;
        let flushed = self.client.flush().await;
        flushed.map_err(|why| failed("flush", &why))
    }
}

async fn pass_on(
    jetstream: &Context,
    next: Option<String>,
    message: jetstream::Message,
) -> Result<(), Error> {
    if let Some(subject) = next {
        publish(jetstream, subject, message.payload.clone()).await?;
    }
    message
        .ack()
        .await
        .map_err(|why| failed("acknowledge", &why))
}

async fn feed(
    client: Client,
    subject: String,
    payload: Bytes,
    tickets: usize,
) -> Result<(), Error> {
    let jetstream = jetstream::new(client);
    futures::stream::iter(0..tickets)
        .map(|_| publish(&jetstream, subject.clone(), payload.clone()))
        .buffer_unordered(IN_FLIGHT)
        .try_for_each(|()| std::future::ready(Ok(())))
        .await
}

async fn publish(jetstream: &Context, subject: String, payload: Bytes) -> Result<(), Error> {
    let sent = jetstream.publish(subject, payload).await;
    let receipt = sent.map_err(|why| failed("publish", &why))?;
    receipt.await.map_err(|why| failed("publish", &why))?;
    Ok(())
}

async fn connect(urls: &[String]) -> Result<Client, Error> {
    let connected = async_nats::connect(urls).await;
    connected.map_err(|why| failed("connect", &why))
}

fn failed(doing: &str, why: &impl Display) -> Error {
    Error::Unavailable(format!("baseline: {doing}: {why}"))
}
