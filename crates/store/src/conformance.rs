//! What every store must do. Behind the feature `conformance`, for tests.
//!
//! A store's own test calls [`conforms`], and [`keeps_what_was_flushed`] if it claims to keep
//! anything. Both panic, as tests do, when the store does not behave.

use std::collections::BTreeMap;
use std::thread;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::{Error, Row, Store, Table, Write, limits};

const STATE: Table = Table::new("state");
const STATE_BY: Table = Table::new("state_by");
const COMMIT: Table = Table::new("commit");

/// The tables that the suite uses; one's name begins another's.
pub const TABLES: [Table; 3] = [STATE, STATE_BY, COMMIT];

/// Sequences of operations that are tried.
const CASES: u32 = 64;

type Model = BTreeMap<(Table, Vec<u8>), Vec<u8>>;

/// Holds a store to the whole of [`Store`]'s promise except durability.
///
/// `make` gives a new empty store with [`TABLES`] at each call; one is dropped before the next
/// is asked for.
///
/// # Panics
///
/// When the store does not behave.
pub fn conforms(make: impl Fn() -> Box<dyn Store>) {
    behaves_as_a_map(&make);
    later_changes_win(make().as_ref());
    refused_batches_change_nothing(make().as_ref());
    sizes_are_bounded(make().as_ref());
    large_rows_come_back(make().as_ref());
    batches_of_many_threads_stay_whole(make().as_ref());
}

/// Holds a store to keeping what was flushed, and what was cleared.
///
/// `open` opens the same store at each call; it is dropped before the next.
///
/// # Panics
///
/// When the store does not behave.
pub fn keeps_what_was_flushed(open: impl Fn() -> Box<dyn Store>) {
    let mut model = Model::new();
    for round in 0..5_u8 {
        let store = open();
        agrees(store.as_ref(), &model);
        for i in 0..40_u8 {
            let batch = [
                put(STATE, &[i], &[round, i]),
                put(STATE_BY, &[round, i], b""),
                delete(STATE_BY, &[round.wrapping_sub(1), i / 2]),
                put(COMMIT, b"seq", &[round, i]),
            ];
            apply_both(store.as_ref(), &mut model, &batch);
        }
        ok(store.flush());
    }
    let store = open();
    agrees(store.as_ref(), &model);
    ok(store.clear());
    ok(store.flush());
    drop(store);
    agrees(open().as_ref(), &Model::new());
}

#[derive(Clone, Debug)]
enum Step {
    Apply(Vec<Write>),
    Get(Table, Vec<u8>),
    Scan(Table, Vec<u8>, Option<Vec<u8>>, usize),
    Flush,
    Clear,
}

fn behaves_as_a_map(make: &impl Fn() -> Box<dyn Store>) {
    let config = Config {
        cases: CASES,
        failure_persistence: None,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&vec(step(), 1..40), |steps| {
        let (store, mut model) = (make(), Model::new());
        for step in steps {
            take(store.as_ref(), &mut model, step);
        }
        agrees(store.as_ref(), &model);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("differs from a map: {error}");
    }
}

fn take(store: &dyn Store, model: &mut Model, step: Step) {
    match step {
        Step::Apply(batch) => apply_both(store, model, &batch),
        Step::Get(table, key) => {
            assert_eq!(
                ok(store.get(table, &key)),
                model.get(&(table, key)).cloned()
            );
        }
        Step::Scan(table, from, to, limit) => {
            let found = ok(store.scan(table, &from, to.as_deref(), limit));
            assert_eq!(found, rows(model, table, &from, to.as_deref(), limit));
        }
        Step::Flush => ok(store.flush()),
        Step::Clear => {
            ok(store.clear());
            model.clear();
        }
    }
}

fn later_changes_win(store: &dyn Store) {
    let batch = [
        put(STATE, b"a", b"1"),
        delete(STATE, b"a"),
        put(STATE, b"b", b"1"),
        put(STATE, b"b", b"2"),
        delete(STATE, b"c"),
        put(STATE, b"c", b"3"),
    ];
    ok(store.apply(&batch));
    let found = ok(store.scan(STATE, b"", None, 10));
    assert_eq!(found, [row(b"b", b"2"), row(b"c", b"3")]);
    ok(store.apply(&[]));
}

fn refused_batches_change_nothing(store: &dyn Store) {
    let stranger = Table::new("stranger");
    let refused = store.apply(&[put(STATE, b"a", b"1"), put(stranger, b"a", b"1")]);
    assert!(matches!(refused, Err(Error::UnknownTable { table }) if table == stranger));
    let large = vec![0; limits::VALUE_BYTES_MAX + 1];
    let refused = store.apply(&[put(STATE, b"a", b"1"), put(STATE, b"b", &large)]);
    assert!(matches!(refused, Err(Error::TooLarge { .. })));
    agrees(store, &Model::new());
    ok(store.apply(&[put(STATE, b"a", b"1")]));
}

fn sizes_are_bounded(store: &dyn Store) {
    let key = vec![7; limits::KEY_BYTES_MAX + 1];
    let too_large = |result: Result<(), Error>| {
        let error = result.expect_err("beyond the limit");
        assert!(
            matches!(error, Error::TooLarge { .. }) && !error.is_broken(),
            "{error}"
        );
    };
    too_large(store.apply(&[put(STATE, &key, b"")]));
    too_large(store.apply(&[delete(STATE, &key)]));
    too_large(store.get(STATE, &key).map(drop));
    too_large(
        store
            .scan(STATE, b"", None, limits::SCAN_ROWS_MAX + 1)
            .map(drop),
    );
    too_large(store.apply(&vec![delete(STATE, b"a"); limits::BATCH_ROWS_MAX + 1]));
    assert!(matches!(
        store.get(Table::new("stranger"), b""),
        Err(Error::UnknownTable { .. })
    ));
    assert_eq!(ok(store.scan(STATE, b"", None, limits::SCAN_ROWS_MAX)), []);
}

fn large_rows_come_back(store: &dyn Store) {
    let mut model = Model::new();
    let longest = vec![0xff; limits::KEY_BYTES_MAX];
    let sizes = [0, 1, 100_000, 600_000, limits::VALUE_BYTES_MAX];
    for (i, size) in (0_u8..).zip(sizes) {
        apply_both(store, &mut model, &[put(STATE, &[i], &vec![i; size])]);
        apply_both(
            store,
            &mut model,
            &[put(STATE_BY, &longest, &vec![i; size / 2])],
        );
    }
    ok(store.flush());
    agrees(store, &model);
    assert!(ok(store.bytes_on_disk()) >= 4 * 1_024 * 1_024);
}

/// Each batch writes its mark to two tables: if two ever differ, a batch was torn.
fn batches_of_many_threads_stay_whole(store: &dyn Store) {
    thread::scope(|scope| {
        for mark in 0..4_u8 {
            scope.spawn(move || {
                for i in 0..50_u8 {
                    ok(store.apply(&[put(STATE, b"x", &[mark, i]), put(COMMIT, b"x", &[mark, i])]));
                }
            });
        }
    });
    let last = ok(store.get(STATE, b"x")).expect("200 batches wrote it");
    assert_eq!(Some(&last), ok(store.get(COMMIT, b"x")).as_ref());
    assert_eq!(last.last(), Some(&49), "the last batch of some thread");
}

fn apply_both(store: &dyn Store, model: &mut Model, batch: &[Write]) {
    ok(store.apply(batch));
    for write in batch {
        let at = (write.table(), write.key().to_vec());
        match write.value() {
            Some(value) => model.insert(at, value.to_vec()),
            None => model.remove(&at),
        };
    }
}

fn agrees(store: &dyn Store, model: &Model) {
    for table in TABLES {
        let found = ok(store.scan(table, b"", None, limits::SCAN_ROWS_MAX));
        let expected = rows(model, table, b"", None, usize::MAX);
        // Not assert_eq: rows may be megabytes.
        assert!(
            found == expected,
            "{table}: {} rows, {} expected",
            found.len(),
            expected.len()
        );
    }
}

fn rows(model: &Model, table: Table, from: &[u8], to: Option<&[u8]>, limit: usize) -> Vec<Row> {
    model
        .iter()
        .filter(|((of, key), _)| {
            *of == table && key.as_slice() >= from && to.is_none_or(|to| key.as_slice() < to)
        })
        .take(limit)
        .map(|((_, key), value)| (key.clone(), value.clone()))
        .collect()
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => vec(write(), 0..12).prop_map(Step::Apply),
        4 => (table(), key()).prop_map(|(table, key)| Step::Get(table, key)),
        6 => (table(), key(), proptest::option::of(key()), 0_usize..6)
            .prop_map(|(table, from, to, limit)| Step::Scan(table, from, to, limit)),
        1 => Just(Step::Flush),
        1 => Just(Step::Clear),
    ]
}

fn write() -> impl Strategy<Value = Write> {
    prop_oneof![
        3 => (table(), key(), vec(any::<u8>(), 0..20))
            .prop_map(|(table, key, value)| Write::Put { table, key, value }),
        1 => (table(), key()).prop_map(|(table, key)| Write::Delete { table, key }),
    ]
}

fn table() -> impl Strategy<Value = Table> {
    proptest::sample::select(TABLES.to_vec())
}

/// Few keys, so that they meet, and the bytes at the edges of tables.
fn key() -> impl Strategy<Value = Vec<u8>> {
    vec(
        proptest::sample::select(vec![0_u8, 1, b'_', b'a', 0xff]),
        0..3,
    )
}

fn put(table: Table, key: &[u8], value: &[u8]) -> Write {
    Write::Put {
        table,
        key: key.to_vec(),
        value: value.to_vec(),
    }
}

fn delete(table: Table, key: &[u8]) -> Write {
    Write::Delete {
        table,
        key: key.to_vec(),
    }
}

fn row(key: &[u8], value: &[u8]) -> Row {
    (key.to_vec(), value.to_vec())
}

fn ok<T>(result: Result<T, Error>) -> T {
    result.unwrap_or_else(|error| panic!("failed to {error}"))
}
