//! Tickets from files: JSON Lines or CSV, gzip where the name ends so.
//!
//! Every complaint names the file, the line, and what to do. Files are read line by line; a line
//! is at most [`LINE_BYTES_MAX`] long.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use serde_json::{Map, Value};

use crate::exit::Error;

/// Longest line of a file, in bytes: more than any ticket, and less than a file without line ends.
const LINE_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Objects that labels may stand in, beside the ticket's own fields.
const LABELS_WITHIN: [&str; 2] = ["expected", "labels"];

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The file's name.
    file: String,
    /// The line, from 1.
    line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} line {}", self.file, self.line)
    }
}

/// A ticket of a file.
#[derive(Clone, Debug)]
pub(super) struct Ticket {
    /// Where it stands.
    pub(super) place: Place,
    /// One line; may be empty.
    pub(super) subject: String,
    /// The whole text.
    pub(super) body: String,
    /// All its fields.
    fields: Map<String, Value>,
}

/// What a ticket says to a field of labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Nothing.
    Nothing,
    /// One label.
    One(String),
    /// A list of them.
    Many(Vec<String>),
}

/// Reads the tickets of files, in order.
///
/// # Errors
///
/// [`crate::exit::Exit::Usage`] for a file or a line that cannot be read, and when there is no
/// ticket at all.
pub(super) fn read(paths: &[PathBuf]) -> Result<Vec<Ticket>, Error> {
    let mut tickets = Vec::new();
    for path in paths {
        read_file(path, &mut tickets)?;
    }
    if tickets.is_empty() {
        let names: Vec<String> = paths.iter().map(|it| it.display().to_string()).collect();
        return Err(
            Error::usage(format!("read {}: no ticket in it", names.join(", ")))
                .hint("a line of it is {\"text\": …}, or {\"subject\": …, \"body\": …}"),
        );
    }
    Ok(tickets)
}

fn read_file(path: &Path, tickets: &mut Vec<Ticket>) -> Result<(), Error> {
    let name = path.display().to_string();
    let unreadable = |error: io::Error| Error::usage(format!("read {name}: {error}"));
    let lower = name.to_lowercase();
    let plain = lower.strip_suffix(".gz").unwrap_or(&lower);
    let reader: Box<dyn Read> = if name == "-" {
        Box::new(io::stdin())
    } else {
        let file = File::open(path).map_err(unreadable)?;
        if plain.len() < lower.len() {
            Box::new(MultiGzDecoder::new(file))
        } else {
            Box::new(file)
        }
    };
    if plain == "csv" || plain.ends_with(".csv") {
        read_csv(&name, reader, tickets)
    } else {
        read_lines(&name, BufReader::new(reader), tickets)
    }
}

fn read_lines(
    name: &str,
    mut reader: impl BufRead,
    tickets: &mut Vec<Ticket>,
) -> Result<(), Error> {
    let mut bytes = Vec::new();
    for line in 1.. {
        let place = Place {
            file: name.to_owned(),
            line,
        };
        bytes.clear();
        let read = (&mut reader)
            .take(LINE_BYTES_MAX)
            .read_until(b'\n', &mut bytes)
            .map_err(|error| Error::usage(format!("read {place}: {error}")))?;
        if read == 0 {
            break;
        }
        if read as u64 == LINE_BYTES_MAX && bytes.last() != Some(&b'\n') {
            return Err(
                Error::usage(format!("read {place}: it is longer than 16 MiB"))
                    .hint("JSON Lines has one ticket on each line"),
            );
        }
        // What some editors put before the first line.
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        if !text.trim_ascii().is_empty() {
            tickets.push(from_json(place, text)?);
        }
    }
    Ok(())
}

fn from_json(place: Place, text: &[u8]) -> Result<Ticket, Error> {
    let value = serde_json::from_slice(text).map_err(|error| {
        Error::usage(format!("read {place}: not JSON: {error}"))
            .hint("JSON Lines has one whole object on each line; CSV has a name that ends in .csv")
    })?;
    match value {
        Value::Object(fields) => Ticket::of(place, fields),
        _ => Err(Error::usage(format!("read {place}: no JSON object"))
            .hint("a line is {\"text\": …}, or {\"subject\": …, \"body\": …}")),
    }
}

fn read_csv(name: &str, reader: impl Read, tickets: &mut Vec<Ticket>) -> Result<(), Error> {
    let mut reader = csv::ReaderBuilder::new().from_reader(reader);
    let broken = |error: csv::Error| {
        Error::usage(format!("read {name}: {error}"))
            .hint("quote fields that hold commas, quotes or line ends; the first line names them")
    };
    let headings = reader.headers().map_err(broken)?.clone();
    for record in reader.records() {
        let record = record.map_err(broken)?;
        let line = record.position().map_or(0, csv::Position::line);
        let place = Place {
            file: name.to_owned(),
            line: usize::try_from(line).unwrap_or(usize::MAX),
        };
        let fields = headings
            .iter()
            .zip(&record)
            .map(|(heading, field)| (heading.trim().to_owned(), Value::from(field)))
            .collect();
        tickets.push(Ticket::of(place, fields)?);
    }
    Ok(())
}

impl Ticket {
    fn of(place: Place, fields: Map<String, Value>) -> Result<Self, Error> {
        let text = |name: &str| match fields.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(Error::usage(format!("read {place}: `{name}` is no text"))
                .hint(format!("put the value of `{name}` in quotes"))),
        };
        let (subject, body) = (text("subject")?, text("body")?.or(text("text")?));
        if subject.is_none() && body.is_none() {
            return Err(Error::usage(format!("read {place}: it has no text"))
                .hint("give it a field `text`, or `subject` and `body`"));
        }
        Ok(Self {
            place,
            subject: subject.unwrap_or_default(),
            body: body.unwrap_or_default(),
            fields,
        })
    }

    /// Its text field of that name, empty if there is none.
    pub(super) fn text(&self, field: &str) -> &str {
        self.fields.get(field).and_then(Value::as_str).unwrap_or("")
    }

    /// Its free properties, as far as they are text.
    pub(super) fn attributes(&self) -> BTreeMap<String, String> {
        let attributes = self.fields.get("attributes").and_then(Value::as_object);
        let text =
            |(name, value): (&String, &Value)| Some((name.clone(), value.as_str()?.to_owned()));
        attributes.into_iter().flatten().filter_map(text).collect()
    }

    /// Its number or name, or else its line.
    pub(super) fn id(&self) -> String {
        match self.fields.get("id").or(self.fields.get("number")) {
            Some(Value::String(id)) => id.clone(),
            Some(Value::Number(id)) => id.to_string(),
            _ => self.place.line.to_string(),
        }
    }

    /// What it says to a field of labels.
    ///
    /// # Errors
    ///
    /// [`crate::exit::Exit::Usage`] for what is neither a word nor a list of words.
    pub(super) fn told(&self, field: &str) -> Result<Told, Error> {
        let within = LABELS_WITHIN
            .iter()
            .filter_map(|within| self.fields.get(*within)?.get(field));
        let value = self.fields.get(field).into_iter().chain(within).next();
        let word = |value: &Value| match value {
            Value::String(word) => Ok(word.trim().to_owned()),
            Value::Number(number) => Ok(number.to_string()),
            Value::Bool(bool) => Ok(bool.to_string()),
            _ => Err(
                Error::usage(format!("read {}: `{field}` holds no label", self.place))
                    .hint("a label is a word, or a list of words where several may hold"),
            ),
        };
        Ok(match value {
            None | Some(Value::Null) => Told::Nothing,
            Some(Value::Array(words)) => {
                Told::Many(words.iter().map(word).collect::<Result<_, _>>()?)
            }
            Some(value) => match word(value)? {
                word if word.is_empty() => Told::Nothing,
                word => Told::One(word),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn file(name: &str, bytes: &[u8]) -> (tempfile::TempDir, Vec<PathBuf>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        (folder, vec![path])
    }

    fn refused(name: &str, bytes: &[u8]) -> String {
        let (folder, paths) = file(name, bytes);
        let error = read(&paths).unwrap_err();
        assert_eq!(error.exit(), crate::exit::Exit::Usage);
        let folder = format!("{}/", folder.path().display());
        error.to_string().replace(&folder, "")
    }

    #[test]
    fn json_lines_with_and_without_gzip() {
        let lines = "\u{feff}{\"text\":\"a\",\"label\":\"x\"}\n\n{\"subject\":\"s\",\"body\":\"b\",\"id\":7}";
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(lines.as_bytes()).unwrap();
        for (name, bytes) in [
            ("a.jsonl", lines.as_bytes().to_vec()),
            ("a.jsonl.gz", packed.finish().unwrap()),
        ] {
            let (_folder, paths) = file(name, &bytes);
            let tickets = read(&paths).unwrap();
            assert_eq!(tickets.len(), 2, "{name}");
            assert_eq!(tickets[0].body, "a");
            assert_eq!(tickets[0].told("label").unwrap(), Told::One("x".to_owned()));
            assert_eq!(tickets[1].subject, "s");
            assert_eq!(tickets[1].told("label").unwrap(), Told::Nothing);
            assert_eq!(
                (tickets[0].id(), tickets[1].id()),
                ("1".to_owned(), "7".to_owned())
            );
            assert_eq!(tickets[1].place.line, 3);
        }
    }

    #[test]
    fn csv_with_quotes_and_line_ends() {
        let (_folder, paths) = file("a.csv", b"text,label\n\"one, two\nthree\",x\nfour,\n");
        let tickets = read(&paths).unwrap();
        assert_eq!(tickets[0].body, "one, two\nthree");
        assert_eq!(tickets[0].told("label").unwrap(), Told::One("x".to_owned()));
        assert_eq!(tickets[1].told("label").unwrap(), Told::Nothing);
        assert_eq!(tickets[1].place.line, 4);
    }

    #[test]
    fn labels_stand_in_the_ticket_or_in_what_is_expected_of_it() {
        let line = br#"{"text":"a","expected":{"kind":"question","tags":["a","b"]},"n":3}"#;
        let (_folder, paths) = file("a.jsonl", line);
        let ticket = &read(&paths).unwrap()[0];
        assert_eq!(
            ticket.told("kind").unwrap(),
            Told::One("question".to_owned())
        );
        let tags = vec!["a".to_owned(), "b".to_owned()];
        assert_eq!(ticket.told("tags").unwrap(), Told::Many(tags));
        assert_eq!(ticket.told("n").unwrap(), Told::One("3".to_owned()));
        assert!(ticket.told("expected").is_err());
    }

    #[test]
    fn what_cannot_be_read_names_file_and_line() {
        let refuses = |name: &str, bytes: &[u8], words: &[&str]| {
            let complaint = refused(name, bytes);
            for word in words {
                assert!(complaint.contains(word), "`{word}` is not in: {complaint}");
            }
        };
        let first = b"{\"text\":\"a\"}\n";
        let second = |line: &[u8]| [first.as_slice(), line].concat();
        refuses(
            "a.jsonl",
            &second(b"{\"text\":"),
            &["a.jsonl line 2", "not JSON"],
        );
        refuses(
            "a.jsonl",
            &second(b"[1]"),
            &["a.jsonl line 2", "no JSON object"],
        );
        refuses(
            "a.jsonl",
            b"\n\n{\"label\":\"x\"}",
            &["line 3", "it has no text"],
        );
        refuses("a.jsonl", b"{\"text\":5}", &["line 1", "`text` is no text"]);
        refuses("a.jsonl", b"{\"text\":\"\xff\"}", &["line 1", "not JSON"]);
        refuses("a.csv", b"text,label\na,b\na,b,c\n", &["a.csv", "line: 3"]);
        refuses("a.csv", b"label\nx\n", &["a.csv line 2", "it has no text"]);
        refuses("a.jsonl", b"", &["no ticket in it"]);
        refuses("a.jsonl.gz", b"{\"text\":\"a\"}", &["a.jsonl.gz line 1"]);
    }
}
