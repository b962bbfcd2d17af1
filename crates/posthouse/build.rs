//! Writes the table of error pages, `docs/errors`, that `posthouse explain-error` is made of.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo runs this in the package's folder. The texts themselves go into the table, no path
    // of the machine, so that a target folder can be shared by several checkouts.
    let folder = Path::new("../../docs/errors");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut table = String::from("&[\n");
    for (code, text) in pages(folder)? {
        writeln!(table, "    ({code:?}, {text:?}),")?;
    }
    table.push_str("]\n");
    let out = std::env::var_os("OUT_DIR").ok_or("cargo says where to write to")?;
    std::fs::write(Path::new(&out).join("error_pages.rs"), table)?;
    Ok(())
}

/// Every page and its code, in the order of the codes.
fn pages(folder: &Path) -> Result<Vec<(String, String)>, Box<dyn Error>> {
    let mut found = Vec::new();
    for entry in folder.read_dir()? {
        let path = entry?.path();
        let code = path.file_stem().and_then(|stem| stem.to_str());
        if let Some(code) = code.filter(|_| path.extension().is_some_and(|it| it == "md")) {
            found.push((code.to_owned(), std::fs::read_to_string(&path)?));
        }
    }
    found.sort();
    Ok(found)
}
