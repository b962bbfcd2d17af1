//! Files as a bad disk leaves them: cut short, or with bits flipped.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::Noise;

/// Bits that are flipped in one file.
const FLIPS: u64 = 8;

/// Damages one file under `folder`, chosen by the noise; says what was done to which. `None`
/// where there is no file with anything in it.
///
/// # Errors
///
/// When the files cannot be read or written.
pub(super) fn damage(folder: &Path, noise: &mut Noise) -> io::Result<Option<String>> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    // Their order is the file system's; the noise is to say which.
    files.sort();
    if files.is_empty() {
        return Ok(None);
    }
    let file = noise.pick(&files);
    let name = file.strip_prefix(folder).unwrap_or(file).display();
    let mut bytes = fs::read(file)?;
    if noise.below(2) == 0 {
        let left = noise.place(bytes.len());
        bytes.truncate(left);
        fs::write(file, &bytes)?;
        return Ok(Some(format!("{name} cut to {left} bytes")));
    }
    for _ in 0..FLIPS {
        let place = noise.place(bytes.len());
        bytes[place] ^= 1 << noise.below(8);
    }
    fs::write(file, &bytes)?;
    Ok(Some(format!("{FLIPS} bits of {name} flipped")))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        if metadata.is_dir() {
            collect(&entry.path(), files)?;
        } else if metadata.is_file() && metadata.len() > 0 {
            files.push(entry.path());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn something_is_always_damaged() {
        for seed in 1..20 {
            let folder = tempfile::tempdir().expect("there is room for a folder");
            let deep = folder.path().join("a/b");
            fs::create_dir_all(&deep).expect("a folder");
            let whole = vec![7; 4_096];
            fs::write(deep.join("file"), &whole).expect("a file");
            let done = damage(folder.path(), &mut Noise::of(seed, 0)).expect("it can be done");
            assert!(done.is_some_and(|done| done.contains("a/b/file")));
            assert_ne!(fs::read(deep.join("file")).expect("it is there"), whole);
        }
        let empty = tempfile::tempdir().expect("there is room for a folder");
        let done = damage(empty.path(), &mut Noise::of(1, 0)).expect("it can be tried");
        assert_eq!(done, None);
    }
}
