//! Both stores keep the port's promise.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of a test, which stops at the first surprise"
)]

use std::cell::RefCell;

use posthouse_store::conformance::{TABLES, conforms, keeps_what_was_flushed};
use posthouse_store::{MemoryStore, Options, SledStore, Store};

#[test]
fn memory_conforms() {
    conforms(|| Box::new(MemoryStore::new(&TABLES).unwrap()));
}

#[test]
fn sled_conforms() {
    let homes = RefCell::new(Vec::new());
    conforms(|| {
        let home = tempfile::tempdir().unwrap();
        let store = open(home.path());
        homes.borrow_mut().clear();
        homes.borrow_mut().push(home);
        store
    });
}

#[test]
fn sled_keeps_what_was_flushed() {
    let home = tempfile::tempdir().unwrap();
    keeps_what_was_flushed(|| open(home.path()));
}

fn open(home: &std::path::Path) -> Box<dyn Store> {
    let opened = SledStore::open(&home.join("view"), &Options::new(1, &TABLES)).unwrap();
    Box::new(opened.store)
}
