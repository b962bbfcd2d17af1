//! The server's configuration file, as text.
//!
//! Strings and durations are always quoted: `sync_interval: 2m` without quotes is two million
//! seconds to the server, and it does not complain.

use std::io;
use std::path::{Path, PathBuf};

use super::error::Error;
use super::home::Home;
use super::limits::{LOG_BYTES_MAX, LOG_FILES_MAX};
use super::options::{Settings, SyncInterval};

/// The ports a server is told to use; `None` lets it pick a free one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Ports {
    pub(super) client: Option<u16>,
    pub(super) http: Option<u16>,
}

/// Writes out the configuration file.
///
/// # Errors
///
/// [`Error::DataFolder`] when a path is not UTF-8: the format has no way to say it.
pub(super) fn render(
    home: &Home,
    settings: &Settings,
    name: &str,
    ports: Ports,
) -> Result<String, Error> {
    let port = |port: Option<u16>| port.map_or(-1, i32::from);
    let sync = match settings.sync {
        SyncInterval::TwoMinutes => "2m",
        SyncInterval::Always => "always",
    };
    Ok(format!(
        r#"# Written by posthouse before every start of this server; changes are lost.
server_name: {name}
host: "127.0.0.1"
port: {client}
http: "127.0.0.1:{http}"
ports_file_dir: {ports_dir}
log_file: {log}
logfile_size_limit: {LOG_BYTES_MAX}
logfile_max_num: {LOG_FILES_MAX}
jetstream {{
  store_dir: {store}
  sync_interval: "{sync}"
  max_file_store: {file_store}
  max_memory_store: {memory_store}
}}
"#,
        name = quote(name),
        client = port(ports.client),
        http = port(ports.http),
        ports_dir = quote_path(&home.ports_dir())?,
        log = quote_path(&home.log())?,
        store = quote_path(&home.store_dir())?,
        file_store = settings.file_store_bytes_max,
        memory_store = settings.memory_store_bytes_max,
    ))
}

fn quote_path(path: &Path) -> Result<String, Error> {
    let not_utf8 = || Error::DataFolder {
        path: PathBuf::from(path),
        why: io::Error::new(io::ErrorKind::InvalidFilename, "its path is not UTF-8"),
    };
    path.to_str().map(quote).ok_or_else(not_utf8)
}

/// Quotes a string for the server's configuration format.
fn quote(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(settings: &Settings, ports: Ports) -> String {
        let data = tempfile::tempdir().unwrap();
        let home = Home::open(data.path()).unwrap();
        render(&home, settings, "posthouse-1", ports).unwrap()
    }

    #[test]
    fn every_duration_is_quoted() {
        for (sync, wanted) in [
            (SyncInterval::TwoMinutes, "\"2m\""),
            (SyncInterval::Always, "\"always\""),
        ] {
            let text = text(
                &Settings {
                    sync,
                    ..Settings::default()
                },
                Ports::default(),
            );
            assert!(
                text.contains(&format!("sync_interval: {wanted}\n")),
                "{text}"
            );
        }
    }

    #[test]
    fn ports_are_fixed_or_left_to_the_server() {
        let free = text(&Settings::default(), Ports::default());
        assert!(
            free.contains("\nport: -1\nhttp: \"127.0.0.1:-1\"\n"),
            "{free}"
        );
        let fixed = text(
            &Settings::default(),
            Ports {
                client: Some(4222),
                http: Some(8222),
            },
        );
        assert!(
            fixed.contains("\nport: 4222\nhttp: \"127.0.0.1:8222\"\n"),
            "{fixed}"
        );
    }

    #[test]
    fn strings_cannot_leave_their_quotes() {
        assert_eq!(quote("a\"b\\c\nd"), r#""a\"b\\c\nd""#);
        assert_eq!(quote("数据 $X"), "\"数据 $X\"");
    }
}
