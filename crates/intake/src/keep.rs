//! Intake's store: the outbox, the idempotency records, and what is left of leased numbers.
//!
//! Unlike the views of other roles it cannot be rebuilt from the log: what the outbox holds was
//! accepted and is not in the log yet. So the outbox is flushed before anybody is answered, and a
//! folder that had to be set aside is an error to be looked into, not a note.

use std::path::PathBuf;
use std::sync::Arc;

use posthouse_store::{Error as StoreError, Found, Options, SledStore, Store, Table, Write};

use crate::error::{Error, OUTBOX_LOST};
use crate::limits::{RETRY_MAX, STORE_HELD_WAIT};
use crate::numbers::Rest;
use crate::pause::Pause;

/// Accepted commands that are not in the log yet, by place in the outbox.
pub(crate) const OUTBOX: Table = Table::new("outbox");
/// Idempotency records, by identity of the fact.
pub(crate) const RECORDS: Table = Table::new("records");
/// The same, by the instant at which they are forgotten.
pub(crate) const EXPIRIES: Table = Table::new("expiries");
/// What is left of leased numbers after a clean stop.
const NUMBERS: Table = Table::new("numbers");

/// All of them.
pub(crate) const TABLES: &[Table] = &[OUTBOX, RECORDS, EXPIRIES, NUMBERS];

/// The version of what the rows mean.
const SCHEMA: u32 = 1;
/// The one row of [`NUMBERS`].
const REST: &[u8] = b"rest";

/// Opens the store, waiting a while for a predecessor that is still closing it.
///
/// # Errors
///
/// As [`SledStore::open`].
pub(crate) async fn open(dir: PathBuf) -> Result<Arc<dyn Store>, Error> {
    let options = Options::new(SCHEMA, TABLES);
    let until = tokio::time::Instant::now() + STORE_HELD_WAIT;
    let mut pause = Pause::new();
    loop {
        let (dir_again, options) = (dir.clone(), options.clone());
        match in_thread(move || SledStore::open(&dir_again, &options)).await? {
            Err(StoreError::Held { .. }) if tokio::time::Instant::now() < until => {
                tokio::time::sleep(pause.next().min(RETRY_MAX)).await;
            }
            opened => {
                let opened = opened?;
                tell(&opened.found);
                return Ok(Arc::new(opened.store));
            }
        }
    }
}

fn tell(found: &Found) {
    match found {
        Found::Fresh | Found::Existing => {}
        Found::Repaired => {
            tracing::error!(
                code = OUTBOX_LOST,
                "the outbox was damaged and could be repaired"
            );
        }
        Found::Quarantined { moved_to, why } => tracing::error!(
            code = OUTBOX_LOST,
            moved_to = %moved_to.display(),
            %why,
            "the outbox could not be read and was set aside; tickets in it are not in the log"
        ),
    }
}

/// Runs what asks the store: in a thread for it, unless the store answers at once.
///
/// # Errors
///
/// [`Error::Panicked`].
pub(crate) async fn blocking<T: Send + 'static>(
    store: &dyn Store,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    if store.answers_at_once() {
        Ok(work())
    } else {
        in_thread(work).await
    }
}

async fn in_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Error::Panicked(error.to_string()))
}

/// Takes what is left of leased numbers; on disk it is forgotten before it is used, so that a
/// kill cannot give a number twice.
///
/// # Errors
///
/// As the store.
pub(crate) fn take_rest(store: &dyn Store) -> Result<Rest, Error> {
    let Some(row) = store.get(NUMBERS, REST)? else {
        return Ok(Rest::default());
    };
    store.apply(&[Write::Delete {
        table: NUMBERS,
        key: REST.to_vec(),
    }])?;
    store.flush()?;
    // A row of another shape means numbers lost, and gaps are allowed.
    Ok(postcard::from_bytes(&row).unwrap_or_default())
}

/// Keeps what is left of leased numbers.
///
/// # Errors
///
/// As the store.
pub(crate) fn put_rest(store: &dyn Store, rest: &Rest) -> Result<(), Error> {
    let value = postcard::to_stdvec(rest).map_err(|error| Error::Broken(error.to_string()))?;
    store.apply(&[Write::Put {
        table: NUMBERS,
        key: REST.to_vec(),
        value,
    }])?;
    store.flush()?;
    Ok(())
}
