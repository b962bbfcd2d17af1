//! Every target, on stable and in a moment: the committed corpus, and mutations of it.
//!
//! The mutations are drawn from a fixed seed, so that a failure is the same everywhere; proptest
//! shrinks them. `PROPTEST_CASES` asks for more. Whatever fails belongs into the corpus.

use std::path::{Path, PathBuf};

use posthouse_fuzzing::TARGETS;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// Mutations of each target's corpus.
const CASES: u32 = 256;
/// Most changes of one mutation.
const EDITS_MAX: usize = 8;
/// Bytes that mean something to somebody.
const TELLING: &[u8] = b"\0\x01\x7f\x80\xff \n\r\t\"'.*>:=[]{}(),-+0919";

macro_rules! replayed {
    ($($target:ident),* $(,)?) => {
        $(#[test]
        fn $target() {
            replay(stringify!($target));
        })*

        #[test]
        fn every_target_is_replayed() {
            let names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
            assert_eq!(names, [$(stringify!($target)),*]);
        }
    };
}

replayed!(
    facts,
    commands,
    messages,
    snapshots,
    bodies,
    inbox,
    traces,
    bundles,
    conditions,
    calendars,
    vectors,
    queries,
    listings,
    rows,
    commit_points,
    subjects,
);

/// What `cargo fuzz` runs is what is here: a binary for each target, named as it is.
#[test]
fn every_target_is_fuzzed() {
    let manifest = std::fs::read_to_string(fuzz().join("Cargo.toml")).expect("it is there");
    let names = manifest.lines().filter_map(|line| {
        let name = line.strip_prefix("name = \"")?.strip_suffix('"')?;
        (name != "posthouse-fuzz").then_some(name)
    });
    let targets: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
    assert_eq!(names.collect::<Vec<_>>(), targets);
}

/// One change.
#[derive(Clone, Debug)]
enum Edit {
    Set(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, Index),
    /// The rest comes from another seed.
    Splice(Index, Index),
    Repeat(Index, u8),
}

fn replay(name: &str) {
    let seeds = seeds(name);
    for (path, seed) in &seeds {
        eprintln!("{}", path.display());
        posthouse_fuzzing::run(name, seed);
    }
    let seeds: Vec<Vec<u8>> = seeds.into_iter().map(|(_, seed)| seed).collect();
    let cases = std::env::var("PROPTEST_CASES").ok();
    let config = Config {
        cases: cases.and_then(|cases| cases.parse().ok()).unwrap_or(CASES),
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mutation = (
        select(seeds.clone()),
        prop::collection::vec(edit(), 0..EDITS_MAX),
    );
    let outcome = TestRunner::new_with_rng(config, rng).run(&mutation, |(mut bytes, edits)| {
        for edit in edits {
            edit.apply(&mut bytes, &seeds);
        }
        posthouse_fuzzing::run(name, &bytes);
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{name}: {error}"));
}

fn edit() -> impl Strategy<Value = Edit> {
    let byte = || prop_oneof![any::<u8>(), select(TELLING)];
    let bytes = prop::collection::vec(byte(), 1..8);
    prop_oneof![
        3 => (any::<Index>(), byte()).prop_map(|(at, byte)| Edit::Set(at, byte)),
        2 => (any::<Index>(), bytes).prop_map(|(at, bytes)| Edit::Insert(at, bytes)),
        2 => any::<(Index, Index)>().prop_map(|(from, to)| Edit::Remove(from, to)),
        2 => any::<(Index, Index)>().prop_map(|(at, seed)| Edit::Splice(at, seed)),
        1 => any::<(Index, u8)>().prop_map(|(at, times)| Edit::Repeat(at, times)),
    ]
}

impl Edit {
    fn apply(self, bytes: &mut Vec<u8>, seeds: &[Vec<u8>]) {
        let place = |at: Index, bytes: &[u8]| at.index(bytes.len() + 1);
        match self {
            Self::Set(at, byte) if !bytes.is_empty() => {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            Self::Set(..) => {}
            Self::Insert(at, more) => {
                let at = place(at, bytes);
                bytes.splice(at..at, more);
            }
            Self::Remove(from, to) => {
                let (from, to) = (place(from, bytes), place(to, bytes));
                bytes.drain(from.min(to)..from.max(to));
            }
            Self::Splice(at, seed) => {
                let other = seed.get(seeds);
                let at = place(at, bytes);
                bytes.truncate(at);
                bytes.extend_from_slice(&other[at.min(other.len())..]);
            }
            Self::Repeat(at, times) => {
                let tail = bytes[place(at, bytes)..].to_vec();
                let times = usize::from(times).min(4_096 / (tail.len() + 1));
                bytes.extend(tail.repeat(times));
            }
        }
    }
}

/// The corpus of a target, by name of file.
fn seeds(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = fuzz().join("corpus").join(name);
    let entries = std::fs::read_dir(&folder);
    let entries = entries.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("it can be read").path())
        .collect();
    paths.sort_unstable();
    assert!(!paths.is_empty(), "{name} has no corpus");
    let read = |path: PathBuf| (path.clone(), std::fs::read(path).expect("it can be read"));
    paths.into_iter().map(read).collect()
}

fn fuzz() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fuzz"))
}
