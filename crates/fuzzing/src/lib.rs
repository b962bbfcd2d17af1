//! What must hold for any bytes: one function per decoder.
//!
//! Each target takes bytes that nobody has checked, hands them to the code that production runs,
//! and panics where a promise is broken: not only by a panic inside, but also when what was read
//! is not what is written back, when an error does not say what is wrong, or when two ways to
//! the same answer disagree. `cargo fuzz` runs the targets without end (`tests/fuzz`); the tests
//! of this crate run them over the committed corpus and a bounded number of mutations of it.
//!
//! Never a dependency of production code.
//!
//! # Invariants
//!
//! - A target is a function of its bytes: no clock, no randomness, no files, no network.
//! - Its work is bounded by the size of its bytes.

mod bundles;
mod calendars;
mod desk;
mod doors;
mod subjects;
mod views;
mod wire;

/// Something that is fuzzed.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// What it is called: on the command line, and in the names of folders.
    pub name: &'static str,
    /// Hands it some bytes.
    ///
    /// # Panics
    ///
    /// When a promise is broken.
    pub run: fn(&[u8]),
}

/// All targets.
pub const TARGETS: &[Target] = &[
    target("facts", wire::facts),
    target("commands", wire::commands),
    target("messages", wire::messages),
    target("snapshots", wire::snapshots),
    target("bodies", doors::bodies),
    target("inbox", doors::inbox),
    target("traces", doors::traces),
    target("bundles", bundles::bundles),
    target("conditions", bundles::conditions),
    target("calendars", calendars::calendars),
    target("vectors", calendars::vectors),
    target("queries", desk::queries),
    target("listings", desk::listings),
    target("rows", views::rows),
    target("commit_points", views::commit_points),
    target("subjects", subjects::subjects),
];

const fn target(name: &'static str, run: fn(&[u8])) -> Target {
    Target { name, run }
}

/// Runs the target of this name: what the binaries of `tests/fuzz` do.
///
/// # Panics
///
/// When there is none, and as the target does.
pub fn run(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    let target = target.unwrap_or_else(|| panic!("there is no target {name}"));
    (target.run)(bytes);
}

/// The longest text of an error, in bytes. It is shown, logged and put into dead letters, so it
/// may quote what it is about, but not all of it.
const ERROR_BYTES_MAX: usize = 4_096;

/// An error says something, in one breath, that can be shown on a terminal.
fn says_why(error: &impl std::fmt::Display) {
    let text = error.to_string();
    assert!(!text.trim().is_empty(), "an error without words");
    assert!(
        text.len() <= ERROR_BYTES_MAX,
        "an error of {} bytes: {text}",
        text.len()
    );
    assert!(
        !text.chars().any(|c| c.is_control() && c != '\n'),
        "an error with control characters: {text:?}"
    );
}
