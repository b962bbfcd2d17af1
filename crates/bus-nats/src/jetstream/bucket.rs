//! A bucket of keys and values: a stream whose subjects are the keys, as all NATS clients have
//! it.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use posthouse_bus::{Bucket, Delivery, Entry, Error, Headers, Outgoing, Revision, Until};

use super::connection::Connection;
use super::read::Scope;
use super::{fetch, publish, read};

const OPERATION: &str = "KV-Operation";
const DELETED: &str = "DEL";
const PURGED: &str = "PURGE";

/// Opens a bucket.
///
/// # Errors
///
/// [`Error::NotFound`] if it was not provisioned.
pub(super) async fn bucket(
    connection: &Arc<Connection>,
    name: &str,
) -> Result<Box<dyn Bucket>, Error> {
    let stream = format!("KV_{name}");
    fetch::stream_info(connection, &stream)
        .await
        .map_err(|error| match error {
            Error::NotFound(_) => {
                Error::NotFound(format!("bucket {name}; provision the region first"))
            }
            error => error,
        })?;
    Ok(Box::new(NatsBucket {
        connection: Arc::clone(connection),
        prefix: format!("$KV.{name}."),
        stream,
    }))
}

struct NatsBucket {
    connection: Arc<Connection>,
    stream: String,
    /// What comes before a key.
    prefix: String,
}

#[async_trait]
impl Bucket for NatsBucket {
    async fn get(&self, key: &str) -> Result<Option<Entry>, Error> {
        let entry = self.last(key).await?;
        Ok(entry.filter(|entry| entry.value.is_some()))
    }

    async fn put(&self, key: &str, value: Bytes) -> Result<Revision, Error> {
        self.write(key, value, None, Headers::default()).await
    }

    async fn update(&self, key: &str, value: Bytes, expected: Revision) -> Result<Revision, Error> {
        let headers = Headers::default();
        let written = self
            .write(key, value.clone(), Some(expected), headers)
            .await;
        if expected > 0 || !matches!(written, Err(Error::Conflict(_))) {
            return written;
        }
        // A deleted key has no value, but its deletion is its last message.
        match self.last(key).await? {
            Some(Entry {
                value: None,
                revision,
                ..
            }) => {
                self.write(key, value, Some(revision), Headers::default())
                    .await
            }
            _ => written,
        }
    }

    async fn delete(&self, key: &str) -> Result<(), Error> {
        let headers = Headers::default().with(OPERATION, DELETED);
        self.write(key, Bytes::new(), None, headers).await?;
        Ok(())
    }

    async fn keys(&self) -> Result<Vec<String>, Error> {
        let scope = self.scope(">", true);
        let mut lasts = read::read(&self.connection, scope, 0, Until::Now).await?;
        let mut has_value = BTreeMap::new();
        while let Some(delivery) = lasts.next().await {
            let entry = self.entry(delivery?);
            has_value.insert(entry.key, entry.value.is_some());
        }
        let keys = has_value.into_iter().filter(|(_, has_value)| *has_value);
        Ok(keys.map(|(key, _)| key).collect())
    }

    async fn watch(&self, key: &str) -> Result<BoxStream<'static, Result<Entry, Error>>, Error> {
        check(key)?;
        let scope = self.scope(key, false);
        let changes = read::read(&self.connection, scope, 0, Until::Forever).await?;
        let prefix = self.prefix.clone();
        let entries = changes.map(move |delivery| delivery.map(|it| entry(&prefix, it)));
        // What is deleted when watching begins has no value to tell of.
        let mut is_first = true;
        Ok(entries
            .filter(move |entry| {
                let is_old_deletion =
                    is_first && entry.as_ref().is_ok_and(|entry| entry.value.is_none());
                is_first = false;
                std::future::ready(!is_old_deletion)
            })
            .boxed())
    }
}

impl NatsBucket {
    fn scope(&self, keys: &str, headers_only: bool) -> Scope {
        Scope {
            stream: self.stream.clone(),
            filters: vec![format!("{}{keys}", self.prefix)],
            last_of_each: true,
            headers_only,
        }
    }

    /// The last message of a key, be it a value or a deletion.
    async fn last(&self, key: &str) -> Result<Option<Entry>, Error> {
        check(key)?;
        let subject = format!("{}{key}", self.prefix);
        let last = fetch::last_on(&self.connection, &self.stream, &subject).await?;
        Ok(last.map(|delivery| self.entry(delivery)))
    }

    async fn write(
        &self,
        key: &str,
        value: Bytes,
        expected: Option<Revision>,
        headers: Headers,
    ) -> Result<Revision, Error> {
        check(key)?;
        let message = Outgoing {
            subject: format!("{}{key}", self.prefix),
            headers,
            payload: value,
            expected_last_sequence: expected,
            ..Outgoing::default()
        };
        Ok(publish::store(&self.connection, message).await?.sequence)
    }

    fn entry(&self, delivery: Delivery) -> Entry {
        entry(&self.prefix, delivery)
    }
}

fn entry(prefix: &str, delivery: Delivery) -> Entry {
    let operation = delivery.headers.get(OPERATION);
    let is_gone = matches!(operation, Some(DELETED | PURGED));
    Entry {
        key: delivery
            .subject
            .strip_prefix(prefix)
            .unwrap_or_default()
            .to_owned(),
        value: (!is_gone).then_some(delivery.payload),
        revision: delivery.sequence,
    }
}

/// Whether a key may stand in a bucket.
fn check(key: &str) -> Result<(), Error> {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-_=./".contains(&b);
    let is_framed = key.starts_with('.') || key.ends_with('.') || key.contains("..");
    if !key.is_empty() && !is_framed && key.bytes().all(is_plain) {
        return Ok(());
    }
    Err(Error::Refused {
        doing: format!("use key `{key}`"),
        code: 0,
        why: "this is no key".to_owned(),
    })
}
