//! The log as the servers hold it, read with a NATS client that knows nothing of Posthouse.

use async_nats::jetstream;
use async_nats::jetstream::consumer::DeliverPolicy;
use async_nats::jetstream::consumer::pull::OrderedConfig;
use futures::StreamExt;
use posthouse_auditor::Message;
use tokio::time::timeout;

use super::error::Error;
use super::limits::BUS_WITHIN;

/// The header that names a message.
const MESSAGE_ID: &str = "Nats-Msg-Id";

/// A reader of one stream, from its beginning on.
#[derive(Debug)]
pub(crate) struct Reader {
    stream: String,
    /// The last sequence that was read.
    read: u64,
}

impl Reader {
    /// A reader that has read nothing yet.
    pub(crate) const fn of(stream: String) -> Self {
        Self { stream, read: 0 }
    }

    /// Reads on to the end as it is now, each message once and in order.
    ///
    /// # Errors
    ///
    /// [`Error::Bus`] when the servers do not answer; what was read is read.
    pub(crate) async fn read_on(
        &mut self,
        bus: &jetstream::Context,
        mut each: impl FnMut(&Message<'_>),
    ) -> Result<(), Error> {
        let failed = |why: String| Error::bus("read the log", why);
        let asked = timeout(BUS_WITHIN, bus.get_stream(&self.stream)).await;
        let stream = asked
            .map_err(|_| failed(format!("{} is silent", self.stream)))?
            .map_err(|why| failed(why.to_string()))?;
        let end = stream.cached_info().state.last_sequence;
        if self.read >= end {
            return Ok(());
        }
        let config = OrderedConfig {
            deliver_policy: DeliverPolicy::ByStartSequence {
                start_sequence: self.read + 1,
            },
            ..OrderedConfig::default()
        };
        let created = timeout(BUS_WITHIN, stream.create_consumer(config)).await;
        let consumer = created
            .map_err(|_| failed("no consumer can be had".to_owned()))?
            .map_err(|why| failed(why.to_string()))?;
        let messages = consumer.messages().await;
        let mut messages = messages.map_err(|why| failed(why.to_string()))?;
        while self.read < end {
            let next = timeout(BUS_WITHIN, messages.next()).await;
            let message = match next {
                Ok(Some(Ok(message))) => message,
                Ok(Some(Err(why))) => return Err(failed(why.to_string())),
                Ok(None) | Err(_) => return Err(failed(format!("no more after {}", self.read))),
            };
            let (sequence, stored_at) = {
                let info = message.info().map_err(|why| failed(why.to_string()))?;
                (info.stream_sequence, info.published)
            };
            // A reader that is set back before its first message begins with the stream's first.
            if sequence <= self.read {
                continue;
            }
            let ms = stored_at.unix_timestamp_nanos().div_euclid(1_000_000);
            let id = message.headers.as_ref();
            let id = id.and_then(|headers| headers.get(MESSAGE_ID));
            each(&Message {
                stream: &self.stream,
                sequence,
                stored_at_ms: i64::try_from(ms).unwrap_or(i64::MAX),
                subject: &message.subject,
                message_id: id.map(|id| id.as_str()),
                payload: &message.payload,
            });
            self.read = sequence;
        }
        Ok(())
    }
}

/// The files of every policy that was ever stored, with its version.
///
/// # Errors
///
/// [`Error::Bus`].
pub(crate) async fn policies(
    bus: &jetstream::Context,
    bucket: &str,
) -> Result<Vec<(String, std::collections::BTreeMap<String, String>)>, Error> {
    use prost::Message as _;
    let failed = |why: String| Error::bus("read the policies", why);
    let store = bus.get_key_value(bucket).await;
    let store = store.map_err(|why| failed(why.to_string()))?;
    let mut keys = store.keys().await.map_err(|why| failed(why.to_string()))?;
    let mut policies = Vec::new();
    while let Some(key) = keys.next().await {
        let key = key.map_err(|why| failed(why.to_string()))?;
        let Some(version) = key.strip_prefix(BUNDLES) else {
            continue;
        };
        let value = store
            .get(&key)
            .await
            .map_err(|why| failed(why.to_string()))?;
        let value = value.unwrap_or_default();
        let bundle = posthouse_wire::v1::PolicyBundle::decode(value.as_ref());
        let bundle = bundle.map_err(|why| failed(why.to_string()))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let files = bundle
            .files
            .iter()
            .map(|(name, bytes)| (name.clone(), text(bytes)));
        policies.push((version.to_owned(), files.collect()));
    }
    Ok(policies)
}

/// What the keys of bundles begin with.
const BUNDLES: &str = "bundle.";
