//! The binary under test.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::SystemTime;

/// The root of the workspace.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The path of `posthouse` in the profile of the test or command that asks, built when there is none that
/// is newer than all it is made from.
///
/// Cargo hands binaries only to tests of their own package. A test of the whole workspace has
/// built it by the time this is asked; a test of this package alone may not have. It is asked
/// once per test process.
///
/// # Panics
///
/// When it cannot be built; the compiler's complaints are shown.
pub fn posthouse() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        // <target>/<profile>/deps/<test>, or <target>/<profile>/<command>
        let ours = std::env::current_exe().expect("a process knows where it is");
        let beside = ours.parent().expect("a file is in a folder");
        let folder = match beside.ends_with("deps") {
            true => beside.parent().expect("cargo puts tests two folders deep"),
            false => beside,
        };
        let binary = folder.join("posthouse");
        if !is_fresh(&binary).unwrap_or(false) {
            build(folder);
        }
        binary
    })
}

/// Whether it is newer than its sources, which cargo lists in a file beside it, as `make` wants
/// them: `binary: source source`, with blanks in names behind backslashes.
fn is_fresh(binary: &Path) -> io::Result<bool> {
    let built = modified(binary)?;
    let listed = fs::read_to_string(binary.with_extension("d"))?;
    let (_, sources) = listed.split_once(": ").unwrap_or_default();
    let sources = sources.replace("\\ ", "\0");
    let sources = sources
        .split_whitespace()
        .map(|source| source.replace('\0', " "));
    let manifests = ["Cargo.toml", "Cargo.lock"].map(|name| format!("{ROOT}/{name}"));
    for source in sources.chain(manifests) {
        if modified(Path::new(&source))? > built {
            return Ok(false);
        }
    }
    Ok(true)
}

fn modified(file: &Path) -> io::Result<SystemTime> {
    fs::metadata(file)?.modified()
}

fn build(folder: &Path) {
    let target = folder
        .parent()
        .expect("profiles are folders in the target folder");
    let profile = match folder.file_name().and_then(|name| name.to_str()) {
        Some("debug") => "dev",
        Some(profile) => profile,
        None => panic!("{} is no folder of a profile", folder.display()),
    };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args([
            "build",
            "--quiet",
            "--package",
            "posthouse",
            "--bin",
            "posthouse",
        ])
        .args(["--profile", profile, "--target-dir"])
        .arg(target)
        .args(["--manifest-path", &format!("{ROOT}/Cargo.toml")])
        .output()
        .expect("cargo runs where cargo test does");
    let complaints = String::from_utf8_lossy(&built.stderr);
    assert!(
        built.status.success(),
        "posthouse cannot be built:\n{complaints}"
    );
}
