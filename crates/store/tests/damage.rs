//! Damaged files: whatever is wrong with them, opening ends in a store that works.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of a test, which stops at the first surprise"
)]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use common::{COMMIT, INDEX, STATE, hear, open, tell};
use posthouse_store::{Error, Found, Options, SledStore, Store, Table, Why, Write, limits};

const BATCHES: u64 = 2_000;

/// A store with a story in it, closed, to be copied and damaged.
struct Original {
    home: tempfile::TempDir,
}

impl Original {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let store = open(&home.path().join("view")).unwrap().store;
        for n in 1..=BATCHES {
            tell(&store, n).unwrap();
        }
        store.flush().unwrap();
        drop(store);
        // sled writes its snapshot when it opens.
        drop(open(&home.path().join("view")).unwrap());
        Self { home }
    }

    fn copy(&self) -> Copy {
        let home = tempfile::tempdir().unwrap();
        copy_dir(&self.home.path().join("view"), &home.path().join("view"));
        Copy { home }
    }
}

struct Copy {
    home: tempfile::TempDir,
}

impl Copy {
    fn dir(&self) -> PathBuf {
        self.home.path().join("view")
    }

    /// sled's file whose name begins so.
    fn file(&self, prefix: &str) -> PathBuf {
        let data = names(&self.dir())
            .into_iter()
            .find(|name| name.starts_with("data-"))
            .unwrap();
        let data = self.dir().join(data);
        let name = names(&data)
            .into_iter()
            .find(|name| name.starts_with(prefix))
            .unwrap();
        data.join(name)
    }

    /// Opens; the store must work whatever was found. Gives that, and the last batch it holds.
    fn open_and_use(&self) -> (Found, Result<u64, String>) {
        let opened = open(&self.dir()).unwrap();
        let heard = match hear(&opened.store) {
            Ok(heard) => heard,
            // Damage behind what opening reads: the next opening sets it aside.
            Err(error) => {
                assert!(error.is_broken(), "{error}");
                drop(opened);
                let again = open(&self.dir()).unwrap();
                let Found::Quarantined {
                    why: Why::Suspect(_),
                    ..
                } = again.found
                else {
                    panic!("{:?}", again.found);
                };
                tell(&again.store, 1).unwrap();
                return (again.found, Ok(0));
            }
        };
        if let Found::Quarantined { moved_to, .. } = &opened.found {
            assert!(moved_to.is_dir());
            assert_eq!(heard, Ok(0), "a new store is empty");
        }
        tell(&opened.store, heard.clone().unwrap_or(0) + 1).unwrap();
        opened.store.flush().unwrap();
        (opened.found, heard)
    }
}

#[test]
fn an_undamaged_copy_is_whole() {
    let copy = Original::new().copy();
    assert_eq!(copy.open_and_use(), (Found::Existing, Ok(BATCHES)));
}

#[test]
fn an_empty_snapshot_is_repaired() {
    let copy = Original::new().copy();
    fs::write(copy.file("snap."), b"").unwrap();
    assert_eq!(copy.open_and_use(), (Found::Repaired, Ok(BATCHES)));
}

#[test]
fn a_truncated_file_ends_in_a_store() {
    let original = Original::new();
    let length = fs::metadata(original.copy().file("db")).unwrap().len();
    for percent in [0, 1, 10, 50, 90, 99] {
        let copy = original.copy();
        let file = fs::OpenOptions::new()
            .write(true)
            .open(copy.file("db"))
            .unwrap();
        file.set_len(length * percent / 100).unwrap();
        let (found, heard) = copy.open_and_use();
        assert_ne!(
            found,
            Found::Fresh,
            "{percent} %: somebody should hear of it"
        );
        // A repaired store may go on from an earlier batch, but says that it was repaired.
        let whole = heard.unwrap() == BATCHES;
        assert!(whole || found != Found::Existing, "{percent} %: {found:?}");
    }
}

#[test]
fn a_flipped_bit_ends_in_a_store() {
    let original = Original::new();
    let mut outcomes: BTreeMap<&str, usize> = BTreeMap::new();
    for (file, steps) in [("db", 150), ("snap.", 60), ("conf", 30)] {
        let length = fs::metadata(original.copy().file(file)).unwrap().len();
        for step in 0..steps {
            let copy = original.copy();
            flip(
                &copy.file(file),
                length * step / steps + step % 7,
                1 << (step % 8),
            );
            let (found, heard) = copy.open_and_use();
            *outcomes.entry(kind(&found)).or_default() += 1;
            let last = heard.unwrap_or_else(|why| panic!("{file} {step}: {found:?}: {why}"));
            if last < BATCHES && found == Found::Existing {
                *outcomes
                    .entry("existing, but from an earlier batch")
                    .or_default() += 1;
            }
        }
    }
    println!("{outcomes:?}");
    assert!(outcomes.contains_key("existing") && outcomes.contains_key("quarantined"));
}

/// Damage under an open store: it fails, does nothing more, and the next opening begins afresh.
#[test]
fn damage_at_run_time_breaks_the_store_and_not_the_process() {
    let home = tempfile::tempdir().unwrap();
    let copy = Copy { home };
    let store = open(&copy.dir()).unwrap().store;
    // Several times the cache, so that reading must go to the file.
    for i in 0..8_000_u32 {
        let (key, value) = (i.to_be_bytes().to_vec(), i.to_be_bytes().repeat(250));
        store
            .apply(&[Write::Put {
                table: STATE,
                key,
                value,
            }])
            .unwrap();
    }
    store.flush().unwrap();
    let length = usize::try_from(fs::metadata(copy.file("db")).unwrap().len()).unwrap();
    let file = fs::OpenOptions::new()
        .write(true)
        .open(copy.file("db"))
        .unwrap();
    file.write_all_at(&vec![0x5a; length], 0).unwrap();

    let error = store.scan(STATE, b"", None, 8_000).unwrap_err();
    assert!(
        matches!(error, Error::Panicked { .. } | Error::Corrupt { .. }),
        "{error}"
    );
    let second = store
        .apply(&[Write::Delete {
            table: STATE,
            key: vec![],
        }])
        .unwrap_err();
    let Error::Broken { first, .. } = &second else {
        panic!("{second}")
    };
    assert_eq!(first, &error.to_string());
    drop(store);
    let opened = open(&copy.dir()).unwrap();
    assert!(matches!(
        opened.found,
        Found::Quarantined {
            why: Why::Suspect(_),
            ..
        }
    ));
    assert_eq!(hear(&opened.store).unwrap(), Ok(0));
}

#[test]
fn another_schema_begins_afresh() {
    let copy = Original::new().copy();
    let options = Options::new(2, &[STATE, INDEX, COMMIT]);
    let opened = SledStore::open(&copy.dir(), &options).unwrap();
    let Found::Quarantined { moved_to, why } = opened.found else {
        panic!("{:?}", opened.found);
    };
    assert_eq!(
        why,
        Why::Schema {
            found: 1,
            wanted: 2
        }
    );
    assert_eq!(hear(&opened.store).unwrap(), Ok(0));
    drop(opened.store);
    assert_eq!(
        hear(&open(&moved_to).unwrap().store).unwrap(),
        Ok(BATCHES),
        "kept as it was"
    );
}

#[test]
fn foreign_files_are_set_aside_and_not_lost() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("view");
    fs::create_dir(&dir).unwrap();
    fs::write(dir.join("letter"), "dear customer").unwrap();
    let Found::Quarantined {
        moved_to,
        why: Why::Unstamped,
    } = open(&dir).unwrap().found
    else {
        panic!("should be set aside");
    };
    assert_eq!(
        fs::read_to_string(moved_to.join("letter")).unwrap(),
        "dear customer"
    );
}

#[test]
fn a_folder_that_kills_its_processes_is_set_aside() {
    let copy = Original::new().copy();
    let deaths = |n: u32| fs::write(copy.dir().join("attempts"), n.to_string()).unwrap();
    deaths(limits::OPEN_ATTEMPTS_MAX - 1);
    assert_eq!(
        open(&copy.dir()).unwrap().found,
        Found::Existing,
        "and the count starts again"
    );
    assert_eq!(open(&copy.dir()).unwrap().found, Found::Existing);
    deaths(limits::OPEN_ATTEMPTS_MAX);
    let found = open(&copy.dir()).unwrap().found;
    let attempts = limits::OPEN_ATTEMPTS_MAX;
    assert!(matches!(found, Found::Quarantined { why, .. } if why == Why::Fatal { attempts }));
}

#[test]
fn options_have_bounds() {
    let home = tempfile::tempdir().unwrap();
    let mut small = Options::new(1, &[STATE]);
    small.cache_bytes_max = limits::CACHE_BYTES_LEAST - 1;
    let mut hasty = Options::new(1, &[STATE]);
    hasty.flush_every_ms = 0;
    let none = Options::new(1, &[]);
    let twice = Options::new(1, &[STATE, STATE]);
    let odd = Options::new(1, &[Table("Odd")]);
    for options in [small, hasty, none, twice, odd] {
        let error = SledStore::open(&home.path().join("view"), &options).unwrap_err();
        assert!(matches!(error, Error::BadOptions { .. }), "{error}");
    }
}

fn kind(found: &Found) -> &'static str {
    match found {
        Found::Fresh => "fresh",
        Found::Existing => "existing",
        Found::Repaired => "repaired",
        Found::Quarantined { .. } => "quarantined",
    }
}

fn flip(path: &Path, at: u64, bit: u8) {
    let mut bytes = fs::read(path).unwrap();
    let at = usize::try_from(at).unwrap().min(bytes.len() - 1);
    bytes[at] ^= bit;
    fs::write(path, bytes).unwrap();
}

fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

fn copy_dir(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for name in names(from) {
        let (from, to) = (from.join(&name), to.join(&name));
        if from.is_dir() {
            copy_dir(&from, &to)
        } else {
            fs::copy(&from, &to).map(drop).unwrap()
        }
    }
}
