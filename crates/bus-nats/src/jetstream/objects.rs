//! Large objects, in the client library's object store.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::context::ObjectStoreErrorKind;
use async_nats::jetstream::object_store::{
    DeleteErrorKind, GetErrorKind, ObjectStore, PutErrorKind,
};
use async_trait::async_trait;
use bytes::Bytes;
use futures::TryStreamExt;
use posthouse_bus::{Error, Objects};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::timeout;

use super::connection::Connection;
use super::{fetch, settings};

/// Opens a store of objects.
///
/// # Errors
///
/// [`Error::NotFound`] if it was not provisioned.
pub(super) async fn objects(
    connection: &Arc<Connection>,
    name: &str,
) -> Result<Box<dyn Objects>, Error> {
    fetch::stream_info(connection, &format!("OBJ_{name}"))
        .await
        .map_err(|error| match error {
            Error::NotFound(_) => {
                Error::NotFound(format!("object store {name}; provision the region first"))
            }
            error => error,
        })?;
    let store = connection.context.get_object_store(name).await;
    let store = store.map_err(|error| match error.kind() {
        ObjectStoreErrorKind::InvalidBucketName => refused(format!("open {name}"), &error),
        ObjectStoreErrorKind::GetStore => {
            Error::Unavailable(format!("open object store {name}: {error}"))
        }
    })?;
    Ok(Box::new(NatsObjects {
        connection: Arc::clone(connection),
        store,
    }))
}

struct NatsObjects {
    connection: Arc<Connection>,
    store: ObjectStore,
}

#[async_trait]
impl Objects for NatsObjects {
    async fn put(&self, name: &str, data: Bytes) -> Result<(), Error> {
        self.connection.check_open()?;
        let put = self.store.put(name, &mut data.as_ref()).await;
        put.map_err(|error| match error.kind() {
            PutErrorKind::InvalidName => refused(format!("store object {name}"), &error),
            _ => Error::Unavailable(format!("store object {name}: {error}")),
        })?;
        Ok(())
    }

    async fn get(&self, name: &str) -> Result<Option<Bytes>, Error> {
        self.connection.check_open()?;
        let mut object = match self.store.get(name).await {
            Ok(object) => object,
            Err(error) => {
                return match error.kind() {
                    GetErrorKind::NotFound => Ok(None),
                    GetErrorKind::InvalidName | GetErrorKind::BucketLink => {
                        Err(refused(format!("get object {name}"), &error))
                    }
                    _ => Err(Error::Unavailable(format!("get object {name}: {error}"))),
                };
            }
        };
        let mut data = Vec::with_capacity(object.info().size);
        let read = read_to_end(&mut object, &mut data, settings::OBJECT_SILENCE_MAX).await;
        read.map_err(|error| Error::Unavailable(format!("read object {name}: {error}")))?;
        Ok(Some(data.into()))
    }

    async fn delete(&self, name: &str) -> Result<(), Error> {
        self.connection.check_open()?;
        match self.store.delete(name).await {
            Ok(()) => Ok(()),
            Err(error) => match error.kind() {
                // Gone is gone.
                DeleteErrorKind::NotFound => Ok(()),
                DeleteErrorKind::InvalidName => {
                    Err(refused(format!("delete object {name}"), &error))
                }
                _ => Err(Error::Unavailable(format!("delete object {name}: {error}"))),
            },
        }
    }

    async fn names(&self) -> Result<Vec<String>, Error> {
        self.connection.check_open()?;
        let failed = |error: String| Error::Unavailable(format!("list objects: {error}"));
        let listed = self
            .store
            .list()
            .await
            .map_err(|error| failed(error.to_string()))?;
        let infos: Vec<_> = listed
            .try_collect()
            .await
            .map_err(|error| failed(error.to_string()))?;
        let mut names: Vec<String> = infos.into_iter().map(|info| info.name).collect();
        names.sort_unstable();
        Ok(names)
    }
}

/// Reads to the end, where an object's digest is checked too. Whoever sends it must not be silent
/// for longer than `silence_max`: the client library waits for ever for a server that died while
/// it was read from.
async fn read_to_end(
    object: &mut (impl AsyncRead + Unpin),
    data: &mut Vec<u8>,
    silence_max: Duration,
) -> io::Result<()> {
    loop {
        let read = timeout(silence_max, object.read_buf(data)).await;
        let silent = |_| io::Error::new(io::ErrorKind::TimedOut, "nothing more comes");
        if read.map_err(silent)?? == 0 {
            return Ok(());
        }
    }
}

fn refused(doing: String, why: &impl ToString) -> Error {
    Error::Refused {
        doing,
        code: 0,
        why: why.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;

    use super::*;

    const SILENCE_MAX: Duration = Duration::from_millis(50);

    #[tokio::test]
    async fn an_object_is_read_whole() {
        let (mut ours, mut theirs) = tokio::io::duplex(8);
        let sent: Vec<u8> = (0..=255).collect();
        let sending = sent.clone();
        tokio::spawn(async move { theirs.write_all(&sending).await });
        let mut data = Vec::new();
        read_to_end(&mut ours, &mut data, SILENCE_MAX)
            .await
            .unwrap();
        assert_eq!(data, sent);
    }

    #[tokio::test]
    async fn who_stops_sending_is_not_waited_for() {
        let (mut ours, mut theirs) = tokio::io::duplex(8);
        theirs.write_all(b"half").await.unwrap();
        let read = read_to_end(&mut ours, &mut Vec::new(), SILENCE_MAX).await;
        assert_eq!(read.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }
}
