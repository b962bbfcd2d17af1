//! Where a `nats-server` comes from: named, on PATH, in the cache, or fetched into it.
//!
//! Nothing here reads the environment of the process except
//! [`Surroundings::of_this_process`], so that a test can say what the machine looks like.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

use super::binary::Binary;
use super::error::{Attempt, Error};
use super::fetch::{self, Cache};

/// The variable that names a binary to use and no other.
pub const BINARY_VARIABLE: &str = "POSTHOUSE_NATS_SERVER";

/// What a machine offers: where to look for a server and where to keep one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// A binary to use and no other (`POSTHOUSE_NATS_SERVER`).
    pub binary: Option<PathBuf>,
    /// The search path for `nats-server` and for Python (`PATH`).
    pub path: Option<OsString>,
    /// The user's cache folder (`XDG_CACHE_HOME`, else `~/.cache`).
    pub cache_dir: Option<PathBuf>,
}

impl Surroundings {
    /// Reads the environment variables of this process.
    #[must_use]
    pub fn of_this_process() -> Self {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let absolute = |path: PathBuf| path.is_absolute().then_some(path);
        let home = || std::env::home_dir().map(|home| home.join(".cache"));
        Self {
            binary: variable(BINARY_VARIABLE).map(PathBuf::from),
            path: variable("PATH"),
            cache_dir: variable("XDG_CACHE_HOME")
                .map(PathBuf::from)
                // The XDG specification says to ignore relative paths.
                .and_then(absolute)
                .or_else(|| home().and_then(absolute)),
        }
    }

    /// All executable files of that name on the search path, in its order.
    pub(super) fn programs(&self, name: &str) -> Vec<PathBuf> {
        let path = self.path.clone().unwrap_or_default();
        std::env::split_paths(&path)
            // An empty or relative entry means the working folder: not a place to trust.
            .filter(|folder| folder.is_absolute())
            .map(|folder| folder.join(name))
            .filter(|file| is_executable(file))
            .collect()
    }
}

fn is_executable(file: &Path) -> bool {
    file.is_file() && access(file, Access::EXEC_OK).is_ok()
}

/// Finds a server that will do, fetching one when there is no other way.
///
/// # Errors
///
/// - [`Error::NamedBinary`] when a binary is named and will not do: a named one is an order,
///   so nothing else is tried.
/// - [`Error::Unavailable`] when no place has one; it says what was tried.
pub async fn find(
    surroundings: &Surroundings,
    progress: &(impl Fn(&str) + Sync),
) -> Result<Binary, Error> {
    if let Some(path) = &surroundings.binary {
        let named = |why| Error::NamedBinary {
            path: path.clone(),
            why,
        };
        return Binary::probe(path).await.map_err(named);
    }
    let mut tried = Vec::new();
    if let Some(binary) = on_path(surroundings, &mut tried).await {
        return Ok(binary);
    }
    let Some(cache_dir) = &surroundings.cache_dir else {
        let why = "neither XDG_CACHE_HOME nor a home folder is known".to_owned();
        tried.push(Attempt {
            what: "the user's cache folder".to_owned(),
            why,
        });
        return Err(Error::Unavailable { tried });
    };
    let cache = Cache::within(cache_dir);
    if let Some(binary) = cached(&cache, &mut tried).await {
        return Ok(binary);
    }
    match fetch::fetch(surroundings, &cache, progress, &mut tried).await {
        Some(binary) => Ok(binary),
        None => Err(Error::Unavailable { tried }),
    }
}

async fn on_path(surroundings: &Surroundings, tried: &mut Vec<Attempt>) -> Option<Binary> {
    let candidates = surroundings.programs("nats-server");
    if candidates.is_empty() {
        let why = "no nats-server in it".to_owned();
        tried.push(Attempt {
            what: "PATH".to_owned(),
            why,
        });
    }
    for path in candidates {
        match Binary::probe(&path).await {
            Ok(binary) => return Some(binary),
            Err(unfit) => {
                let what = path.display().to_string();
                tried.push(Attempt {
                    what,
                    why: unfit.to_string(),
                });
            }
        }
    }
    None
}

pub(super) async fn cached(cache: &Cache, tried: &mut Vec<Attempt>) -> Option<Binary> {
    let path = cache.binary();
    match Binary::probe(&path).await {
        Ok(binary) => Some(binary),
        Err(unfit) => {
            let why = if path.exists() {
                unfit.to_string()
            } else {
                "not there yet".to_owned()
            };
            tried.push(Attempt {
                what: path.display().to_string(),
                why,
            });
            None
        }
    }
}
