//! From the log to the writer: reads every stream, and gathers what is ready into batches.

use std::sync::Arc;

use futures::StreamExt;
use posthouse_bus::Until;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::database::Database;
use crate::desk::Inner;
use crate::error::Error;
use crate::fold::Chunk;
use crate::writer::{self, Batch};
use crate::{answers, limits, search};

/// Folds the log until the process is to end.
///
/// # Errors
///
/// When the database is damaged, or the writer ends otherwise.
pub(crate) async fn run(inner: &Arc<Inner>, database: Arc<Database>) -> Result<(), Error> {
    let stop = inner.shutdown.child_token();
    let (chunks, gathered) = mpsc::channel(limits::CHUNKS_MAX);
    let (batches, written) = mpsc::channel(limits::BATCHES_MAX);
    let mut ended = writer::start(Arc::clone(inner), Arc::clone(&database), written)?;
    let mut tasks = JoinSet::new();
    for source in inner.sources(&database).await? {
        tasks.spawn(read(
            Arc::clone(inner),
            source,
            chunks.clone(),
            stop.clone(),
        ));
    }
    drop(chunks);
    tasks.spawn(gather(gathered, batches));
    tasks.spawn(make_searchable(Arc::clone(inner), database, stop.clone()));
    tasks.spawn(answers::serve(Arc::clone(inner), stop.clone()));
    let result = tokio::select! {
        result = &mut ended => result.map_err(|_panicked| stopped("the writer panicked"))?,
        () = inner.damage_seen() => {
            stop.cancel();
            // Whatever the writer says: the database is lost.
            drop(ended.await);
            Err(Error::Damaged("a question met a damaged page".to_owned()))
        }
    };
    stop.cancel();
    while let Some(task) = tasks.join_next().await {
        task.map_err(|error| stopped(&error.to_string()))?;
    }
    result
}

fn stopped(why: &str) -> Error {
    Error::Stopped(why.to_owned())
}

/// A stream to be read.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// Its number in the database.
    pub(crate) number: u16,
    /// Its name.
    pub(crate) name: String,
    /// The subjects that matter; all, when empty.
    pub(crate) filters: Vec<String>,
    /// The last sequence that was folded.
    pub(crate) position: u64,
}

/// Reads a stream from behind what was folded, and again from where it was when it breaks off.
async fn read(
    inner: Arc<Inner>,
    mut source: Source,
    chunks: mpsc::Sender<Chunk>,
    stop: CancellationToken,
) {
    let mut wait = limits::RETRY_FIRST;
    loop {
        let before = source.position;
        let outcome = tokio::select! {
            () = stop.cancelled() => return,
            outcome = read_on(&inner, &mut source, &chunks) => outcome,
        };
        let Err(error) = outcome else { return };
        let stream = &source.name;
        tracing::warn!(%error, stream, position = source.position, "reading a stream broke off");
        inner.broken_off(source.number, &error);
        if source.position > before {
            wait = limits::RETRY_FIRST;
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
        }
        wait = (wait * 2).min(limits::RETRY_MAX);
    }
}

/// Reads until the stream breaks off, or nobody takes what it delivers. What was there when the
/// reading began is read to its end first, so that it is known when the desk has caught up.
async fn read_on(
    inner: &Inner,
    source: &mut Source,
    chunks: &mpsc::Sender<Chunk>,
) -> Result<(), Error> {
    let Handed::All = hand_on(inner, source, Until::Now, chunks).await? else {
        return Ok(());
    };
    inner.end_seen(source.number, source.position);
    let Handed::All = hand_on(inner, source, Until::Forever, chunks).await? else {
        return Ok(());
    };
    Err(posthouse_bus::Error::Unavailable(format!("stream {} ended", source.name)).into())
}

/// How handing on ended.
enum Handed {
    /// There was no more.
    All,
    /// Nobody takes it any more.
    Refused,
}

async fn hand_on(
    inner: &Inner,
    source: &mut Source,
    until: Until,
    chunks: &mpsc::Sender<Chunk>,
) -> Result<Handed, Error> {
    let from = source.position + 1;
    let deliveries = inner
        .bus
        .read(&source.name, &source.filters, from, until)
        .await?;
    let mut ready = deliveries.ready_chunks(limits::CHUNK_DELIVERIES_MAX);
    while let Some(results) = ready.next().await {
        let mut deliveries = Vec::with_capacity(results.len());
        let mut failed = None;
        for result in results {
            match result {
                Ok(delivery) => deliveries.push(delivery),
                Err(error) => failed = Some(error),
            }
        }
        if let Some(last) = deliveries.last() {
            let (position, count) = (last.sequence, deliveries.len());
            if chunks
                .send(Chunk {
                    stream: source.number,
                    deliveries,
                })
                .await
                .is_err()
            {
                return Ok(Handed::Refused);
            }
            inner
                .telemetry
                .queue
                .inc_by(i64::try_from(count).unwrap_or(i64::MAX));
            source.position = position;
        }
        if let Some(error) = failed {
            return Err(error.into());
        }
    }
    Ok(Handed::All)
}

/// Puts chunks together: as many as are ready, or come within [`limits::BATCH_WAIT`].
async fn gather(mut chunks: mpsc::Receiver<Chunk>, batches: mpsc::Sender<Batch>) {
    while let Some(first) = chunks.recv().await {
        let until = Instant::now() + limits::BATCH_WAIT;
        let mut deliveries = first.deliveries.len();
        let mut batch = vec![first];
        while deliveries < limits::BATCH_DELIVERIES_MAX {
            let Ok(Some(chunk)) = timeout_at(until, chunks.recv()).await else {
                break;
            };
            deliveries += chunk.deliveries.len();
            batch.push(chunk);
        }
        if batches.send(batch).await.is_err() {
            return;
        }
    }
}

/// Makes texts searchable behind the fold: a step at a time while facts come in, all that there
/// is when they do not.
async fn make_searchable(inner: Arc<Inner>, database: Arc<Database>, stop: CancellationToken) {
    let mut seen = inner.counts();
    let mut last_step = Instant::now();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(limits::TEXTS_EVERY) => {}
        }
        let now = inner.counts();
        let idle = now == seen;
        seen = now;
        if !idle && last_step.elapsed() < limits::TEXTS_EVERY_WHEN_BUSY {
            continue;
        }
        last_step = Instant::now();
        let database = Arc::clone(&database);
        let filled = tokio::task::spawn_blocking(move || {
            if idle {
                search::catch_up(&database)
            } else {
                search::fill_step(&mut database.writer()).map(drop)
            }
        });
        if let Ok(Err(error)) = filled.await {
            // Whatever is wrong with the database, the writer meets it too and deals with it.
            tracing::warn!(%error, "texts were not made searchable");
        }
    }
}
