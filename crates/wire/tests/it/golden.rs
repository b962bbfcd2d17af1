//! The bytes of one message of each kind, so that a field that is renumbered is noticed.
//!
//! Old bytes must be read for ever: a difference here means that an existing log would not be.

use std::fmt::Write;

use expect_test::expect_file;
use posthouse_wire::{decode, encode, encode_command};

use crate::samples;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn unhex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks_exact(2);
    digits
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

#[test]
fn facts() {
    let mut lines = String::new();
    for fact in samples::facts() {
        writeln!(lines, "{} {}", fact.body.kind(), hex(&encode(&fact))).unwrap();
    }
    expect_file!["../golden/facts.txt"].assert_eq(&lines);
}

#[test]
fn facts_of_the_golden_file_are_read() {
    let lines = include_str!("../golden/facts.txt");
    let read: Vec<_> = lines
        .lines()
        .map(|line| decode(&unhex(line.split_once(' ').unwrap().1)).unwrap())
        .collect();
    assert_eq!(read, samples::facts());
}

#[test]
fn commands() {
    let mut lines = String::new();
    for command in samples::commands() {
        writeln!(lines, "{}", hex(&encode_command(&command))).unwrap();
    }
    expect_file!["../golden/commands.txt"].assert_eq(&lines);
}

#[test]
fn records() {
    let mut lines = String::new();
    for (name, bytes) in [
        ("policy_activated", samples::policy_activated().encode()),
        ("dead_letter", samples::dead_letter().encode()),
        (
            "dead_letter_settled",
            samples::dead_letter_settled().encode(),
        ),
        ("snapshot", samples::snapshot().encode()),
        ("claim", samples::claim().encode()),
    ] {
        writeln!(lines, "{name} {}", hex(&bytes)).unwrap();
    }
    expect_file!["../golden/records.txt"].assert_eq(&lines);
}
