//! The disks of processes: what survives which end.
//!
//! As sled does, a store that is not flushed keeps a beginning of what was applied to it when its
//! process is killed: the first batches, none left out. What was flushed it keeps, unless the
//! whole disk is lost.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use posthouse_bus::topology::OwnedSpec;
use posthouse_runtime::Fatal;
use posthouse_runtime::views::Views;
use posthouse_store::{Error, MemoryStore, Op, Row, Store, Table, Write};

use crate::dice::Dice;
use crate::life::Life;

/// Rows of all tables of a store.
pub(crate) type Rows = BTreeMap<(String, Vec<u8>), Vec<u8>>;

/// Where the worker loop keeps how far a view reflects the log.
const LOOP: Table = Table::new("loop");
const COMMIT: &[u8] = b"commit";

/// All stores of one process, by name; they outlive it.
#[derive(Debug, Default)]
pub(crate) struct Disk(Mutex<BTreeMap<String, Arc<Mutex<Kept>>>>);

/// What is on disk of one store.
#[derive(Debug, Default)]
struct Kept {
    flushed: BTreeMap<(Table, Vec<u8>), Vec<u8>>,
    /// What was applied since, in order.
    pending: Vec<Change>,
    /// The store while it is open.
    open: Option<Arc<MemoryStore>>,
}

#[derive(Debug)]
enum Change {
    Batch(Vec<Write>),
    Clear,
}

impl Disk {
    /// The process was killed, or the disk was lost altogether.
    pub(crate) fn crash(&self, dice: &mut Dice, is_lost: bool) {
        for kept in self.stores().values() {
            let mut kept = lock(kept);
            if is_lost {
                kept.flushed.clear();
                kept.pending.clear();
            }
            let survivors = match dice.below(3) {
                0 => 0,
                1 => kept.pending.len(),
                _ => dice.index(kept.pending.len() + 1),
            };
            kept.pending.truncate(survivors);
            kept.settle();
            kept.open = None;
        }
    }

    /// The position that the view of a consumer has committed, as its process sees it.
    pub(crate) fn committed(&self, consumer: &str) -> u64 {
        let open = self
            .stores()
            .get(consumer)
            .and_then(|kept| lock(kept).open.clone());
        let row = open.and_then(|store| store.get(LOOP, COMMIT).ok().flatten());
        row.map_or(0, |row| position(&row))
    }

    /// The position and the rows of a consumer's view, the loop's own left out.
    pub(crate) fn view(&self, consumer: &str) -> (u64, Rows) {
        let stores = self.stores();
        let Some(kept) = stores.get(consumer) else {
            return (0, Rows::new());
        };
        let mut kept = lock(kept);
        kept.settle();
        let commit = kept.flushed.get(&(LOOP, COMMIT.to_vec()));
        let committed = commit.map_or(0, |row| position(row));
        (committed, rows(&kept.flushed))
    }

    /// Whether a flushed row of a table holds `needle`.
    pub(crate) fn holds(&self, store: &str, table: &str, needle: &[u8]) -> bool {
        let stores = self.stores();
        let Some(kept) = stores.get(store) else {
            return false;
        };
        lock(kept).flushed.iter().any(|((of, _), value)| {
            of.0 == table && value.windows(needle.len()).any(|part| part == needle)
        })
    }

    /// Opens a store for one life of the process. What an earlier one of the same life has
    /// applied is there, flushed or not.
    pub(crate) fn open(
        &self,
        name: &str,
        tables: &[Table],
        life: &Arc<Life>,
    ) -> Result<DiskStore, Error> {
        let kept = Arc::clone(self.stores().entry(name.to_owned()).or_default());
        let rows = Arc::new(MemoryStore::new(tables)?);
        {
            let mut kept = lock(&kept);
            kept.settle();
            let writes: Vec<Write> = kept
                .flushed
                .iter()
                .map(|((table, key), value)| Write::Put {
                    table: *table,
                    key: key.clone(),
                    value: value.clone(),
                })
                .collect();
            rows.apply(&writes)?;
            kept.open = Some(Arc::clone(&rows));
        }
        Ok(DiskStore {
            name: name.to_owned(),
            rows,
            kept,
            life: Arc::clone(life),
            broken: Mutex::new(None),
        })
    }

    fn stores(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Mutex<Kept>>>> {
        lock(&self.0)
    }
}

impl Kept {
    /// Everything that was applied is on disk.
    fn settle(&mut self) {
        for change in self.pending.drain(..) {
            match change {
                Change::Clear => self.flushed.clear(),
                Change::Batch(writes) => {
                    for write in writes {
                        let row = (write.table(), write.key().to_vec());
                        match write.value() {
                            Some(value) => self.flushed.insert(row, value.to_vec()),
                            None => self.flushed.remove(&row),
                        };
                    }
                }
            }
        }
    }
}

/// A store of one life of a process.
pub(crate) struct DiskStore {
    name: String,
    rows: Arc<MemoryStore>,
    kept: Arc<Mutex<Kept>>,
    life: Arc<Life>,
    /// The failure after which it does nothing any more.
    broken: Mutex<Option<String>>,
}

impl DiskStore {
    /// Fails when the process is dead, the store is broken, or the disk refuses.
    fn check(&self, op: Op) -> Result<(), Error> {
        if let Some(first) = lock(&self.broken).clone() {
            return Err(Error::Broken {
                op,
                path: self.path(),
                first,
            });
        }
        if self.life.is_dead() {
            return Err(self.refused(op, "the process is dead"));
        }
        if self.life.strikes("disk", |rates| rates.disk) {
            let error = self.refused(op, "the disk refuses");
            if error.is_broken() {
                *lock(&self.broken) = Some(error.to_string());
            }
            return Err(error);
        }
        Ok(())
    }

    fn refused(&self, op: Op, why: &str) -> Error {
        let source = io::Error::other(why.to_owned());
        Error::Io {
            op,
            path: self.path(),
            source,
        }
    }

    fn path(&self) -> PathBuf {
        PathBuf::from(format!("{}/{}", self.life.process, self.name))
    }
}

impl std::fmt::Debug for DiskStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DiskStore({})", self.path().display())
    }
}

impl Store for DiskStore {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        self.check(Op::Get)?;
        self.rows.get(table, key)
    }

    fn scan(
        &self,
        table: Table,
        from: &[u8],
        to: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Row>, Error> {
        self.check(Op::Scan)?;
        self.rows.scan(table, from, to, limit)
    }

    fn apply(&self, batch: &[Write]) -> Result<(), Error> {
        self.check(Op::Apply)?;
        self.rows.apply(batch)?;
        lock(&self.kept).pending.push(Change::Batch(batch.to_vec()));
        Ok(())
    }

    fn flush(&self) -> Result<(), Error> {
        self.check(Op::Flush)?;
        lock(&self.kept).settle();
        Ok(())
    }

    fn clear(&self) -> Result<(), Error> {
        self.check(Op::Clear)?;
        self.rows.clear()?;
        lock(&self.kept).pending.push(Change::Clear);
        Ok(())
    }

    fn answers_at_once(&self) -> bool {
        true
    }

    fn bytes_on_disk(&self) -> Result<u64, Error> {
        self.rows.bytes_on_disk()
    }
}

/// The views of one life of a process, on its disk.
#[derive(Clone)]
pub(crate) struct DiskViews {
    pub(crate) disk: Arc<Disk>,
    pub(crate) life: Arc<Life>,
}

impl std::fmt::Debug for DiskViews {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DiskViews({})", self.life.process)
    }
}

#[async_trait]
impl Views for DiskViews {
    async fn open(
        &self,
        _region: &str,
        spec: &OwnedSpec,
        tables: &[Table],
        _schema: u32,
    ) -> Result<Arc<dyn Store>, Fatal> {
        self.life.pass().await;
        let store = self.disk.open(&spec.consumer, tables, &self.life)?;
        Ok(Arc::new(store))
    }
}

/// The rows of a view by the names of their tables, the loop's own left out.
fn rows(of: &BTreeMap<(Table, Vec<u8>), Vec<u8>>) -> Rows {
    of.iter()
        .filter(|((table, _), _)| *table != LOOP)
        .map(|((table, key), value)| ((table.0.to_owned(), key.clone()), value.clone()))
        .collect()
}

/// The position that a commit point begins with.
fn position(commit: &[u8]) -> u64 {
    postcard::take_from_bytes::<u64>(commit).map_or(0, |(position, _)| position)
}

/// A panic of another holder spoils nothing: each change is one step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
