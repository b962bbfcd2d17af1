//! Secrets: read from the file that a setting names, when they are needed, and kept nowhere.

use std::io::Read as _;
use std::path::Path;

use super::ConfigError;

/// Largest file that is read as a secret, in bytes.
pub const SECRET_BYTES_MAX: u64 = 64 * 1024;

/// Reads a secret: the text of a file without the line breaks at its end.
///
/// # Errors
///
/// [`ConfigError::Secret`] when the file cannot be read, is empty, is not UTF-8, or is larger
/// than [`SECRET_BYTES_MAX`].
pub fn read_secret(file: &Path) -> Result<String, ConfigError> {
    let fault = |why: String| ConfigError::Secret {
        file: file.to_owned(),
        why,
    };
    let mut bytes = Vec::new();
    std::fs::File::open(file)
        .and_then(|open| open.take(SECRET_BYTES_MAX + 1).read_to_end(&mut bytes))
        .map_err(|error| fault(error.to_string()))?;
    if bytes.len() as u64 > SECRET_BYTES_MAX {
        return Err(fault(format!("it is larger than {SECRET_BYTES_MAX} bytes")));
    }
    let text = String::from_utf8(bytes).map_err(|_| fault("it is not UTF-8".to_owned()))?;
    let secret = text.trim_end_matches(['\r', '\n']);
    if secret.is_empty() {
        return Err(fault("it is empty".to_owned()));
    }
    Ok(secret.to_owned())
}
