//! Compiles `proto/` to Rust, with nothing but this build: no `protoc` is looked for.

use std::error::Error;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo runs this in the package's folder. No path of the machine is compiled in, so that a
    // target folder can be shared by several checkouts.
    let root = Path::new("../../proto");
    println!("cargo::rerun-if-changed={}", root.display());
    let descriptors = protox::compile(sources(&root.join("posthouse/v1"))?, [root])?;
    prost_build::Config::new()
        // Equal messages have equal bytes: maps are written in the order of their keys.
        .btree_map(["."])
        // A payload is handed on without copying it.
        .bytes(["."])
        // Most of the largest body.
        .boxed(".posthouse.v1.Offered.choice")
        .compile_fds(descriptors)?;
    Ok(())
}

/// The protos of one folder, in the order of their names.
fn sources(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut found = Vec::new();
    for entry in folder.read_dir()? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "proto")
        {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
