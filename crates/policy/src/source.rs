//! The text of a bundle: where it comes from, what it inherits, and its version.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use posthouse_domain::ticket::PolicyVersion;
use sha2::{Digest, Sha256};

use crate::file::templates;
use crate::ics;
use crate::limits::{FILE_BYTES_MAX, FILES_MAX};
use crate::shipped;

/// The files that count, by name: a bundle's own and the inherited ones.
pub(crate) type Files<'d> = BTreeMap<&'d str, &'d str>;

/// The file that names a bundle. It is never inherited.
pub(crate) const BUNDLE: &str = "bundle.toml";

/// The text of a bundle, as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What to call it in messages: the folder's name, or that of the shipped bundle.
    pub name: String,
    /// Its own files, by name.
    pub files: BTreeMap<String, String>,
}

/// Why the folder of a bundle could not be read. Nothing of it is worth a retry but
/// [`Error::Read`], when the disk was at fault.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The folder or one of its files could not be read.
    #[error("read {path}: {source}")]
    Read {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is larger than [`FILE_BYTES_MAX`].
    #[error("read {path}: it is larger than {FILE_BYTES_MAX} bytes")]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// The bundle has more than [`FILES_MAX`] files.
    #[error("read {path}: with it the bundle has more than {FILES_MAX} files")]
    TooMany {
        /// The file that is one too many.
        path: PathBuf,
    },
    /// A file is none of the folder's: a link out of it, or no regular file. A bundle brought
    /// from elsewhere could otherwise show what it has no business with, or never be read to
    /// its end.
    #[error("read {path}: it is no regular file inside the folder")]
    Outside {
        /// The file.
        path: PathBuf,
    },
    /// The folder has no `bundle.toml`, so it is none of a bundle.
    #[error("read {path}: it has no {BUNDLE}")]
    NoBundle {
        /// The folder.
        path: PathBuf,
    },
}

impl Error {
    /// The stable code, under which `docs/errors/` explains what to do.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Read { .. } => "POL0030",
            Self::TooLarge { .. } => "POL0031",
            Self::TooMany { .. } => "POL0032",
            Self::NoBundle { .. } => "POL0033",
            Self::Outside { .. } => "POL0034",
        }
    }
}

impl Source {
    /// Reads the TOML files of a folder, the files of holidays in its folder `holidays` and the
    /// templates in its folder `templates`; other files (a README, a licence) are left alone.
    ///
    /// # Errors
    ///
    /// - [`Error::Read`] when the folder or a file cannot be read or is not UTF-8.
    /// - [`Error::TooLarge`] and [`Error::TooMany`] beyond [`crate::limits`].
    /// - [`Error::Outside`] when a file is a link to somewhere outside, or no regular file.
    /// - [`Error::NoBundle`] when there is no `bundle.toml`.
    pub fn read(dir: &Path) -> Result<Self, Error> {
        let real = dir.canonicalize().map_err(|source| Error::Read {
            path: dir.to_owned(),
            source,
        })?;
        let mut files = BTreeMap::new();
        read_folder(dir, &real, "", &mut files)?;
        for folder in [ics::FOLDER, templates::FOLDER] {
            let path = dir.join(folder);
            if path.is_dir() {
                read_folder(&path, &real, folder, &mut files)?;
            }
        }
        if !files.contains_key(BUNDLE) {
            return Err(Error::NoBundle {
                path: dir.to_owned(),
            });
        }
        let name = real.file_name().unwrap_or_default();
        Ok(Self {
            name: name.to_string_lossy().into_owned(),
            files,
        })
    }

    /// A bundle that comes with the binary, by name; see [`crate::SHIPPED`].
    #[must_use]
    pub fn shipped(name: &str) -> Option<Self> {
        let files = shipped::files(name)?;
        let files = files
            .iter()
            .map(|(file, text)| ((*file).to_owned(), (*text).to_owned()));
        Some(Self {
            name: name.to_owned(),
            files: files.collect(),
        })
    }

    /// The content hash of the bundle: SHA-256 over its files and those it inherits.
    ///
    /// What counts is the name and every byte of each file, comments too: who reads the version
    /// can find exactly the text that was in force.
    #[must_use]
    pub fn version(&self) -> PolicyVersion {
        version_of(&self.effective())
    }

    /// The text of all files that count, by name: its own and the inherited ones.
    #[must_use]
    pub fn with_inherited(&self) -> BTreeMap<String, String> {
        self.effective()
            .into_iter()
            .map(|(name, text)| (name.to_owned(), text.to_owned()))
            .collect()
    }

    /// The files that count: its own, and from the bundle it extends those that it lacks.
    pub(crate) fn effective(&self) -> Files<'_> {
        let own = self
            .files
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()));
        let mut files: Files<'_> = own.collect();
        let mut ancestors = Vec::new();
        let mut parent = files.get(BUNDLE).and_then(|text| extends(text));
        while let Some(name) = parent.take().filter(|name| !ancestors.contains(name)) {
            let Some(inherited) = shipped::files(&name) else {
                break;
            };
            for (file, text) in inherited.iter().copied() {
                if file == BUNDLE {
                    parent = extends(text);
                } else {
                    files.entry(file).or_insert(text);
                }
            }
            ancestors.push(name);
        }
        files
    }
}

/// Reads the files of a folder that can be part of a bundle, under their names with `prefix`.
/// Reads what counts of the folder `dir` of the bundle at `real`.
fn read_folder(
    dir: &Path,
    real: &Path,
    prefix: &str,
    files: &mut BTreeMap<String, String>,
) -> Result<(), Error> {
    let read_error = |source| Error::Read {
        path: dir.to_owned(),
        source,
    };
    for entry in std::fs::read_dir(dir).map_err(read_error)? {
        let path = entry.map_err(read_error)?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        let name = format!("{prefix}{name}");
        let is_toml = prefix.is_empty() && name.ends_with(".toml");
        let is_template = templates::language_of(&name).is_some();
        if path.is_dir() || !(is_toml || is_template || ics::is_ics(&name)) {
            continue;
        }
        if files.len() == FILES_MAX {
            return Err(Error::TooMany { path });
        }
        let file = path.canonicalize().map_err(read_error)?;
        if !file.starts_with(real) || !file.is_file() {
            return Err(Error::Outside { path });
        }
        files.insert(name, read_file(&path)?);
    }
    Ok(())
}

fn read_file(path: &Path) -> Result<String, Error> {
    let read_error = |source| Error::Read {
        path: path.to_owned(),
        source,
    };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(read_error)?;
    file.take(FILE_BYTES_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(read_error)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(Error::TooLarge {
            path: path.to_owned(),
        });
    }
    String::from_utf8(bytes)
        .map_err(|wrong| read_error(std::io::Error::new(std::io::ErrorKind::InvalidData, wrong)))
}

/// The bundle that the text of a `bundle.toml` extends, however broken the rest of it is.
fn extends(bundle: &str) -> Option<String> {
    let (table, _) = toml::de::DeTable::parse_recoverable(bundle);
    Some(
        table
            .get_ref()
            .get("extends")?
            .get_ref()
            .as_str()?
            .to_owned(),
    )
}

fn version_of(files: &Files<'_>) -> PolicyVersion {
    let mut hash = Sha256::new();
    hash.update(b"posthouse/policy/1");
    for (name, text) in files {
        for part in [name, text] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
    }
    let digits = hash
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    PolicyVersion(digits)
}
