//! Searching texts: what customers and agents wrote, in any language.
//!
//! SQLite's full-text index splits at blanks and punctuation, which finds nothing inside a
//! Chinese sentence; its trigram tokenizer would, but cannot look for fewer than three
//! characters, and most Chinese words have two. So scripts that are written without blanks are
//! split into single characters here, and a word looked for becomes a phrase of them. Words of
//! other scripts are found by their beginning.
//!
//! The index holds no texts, only where words are; a text is in the fact that brought it. It is
//! filled behind the fold, in steps, so that taking facts in stays fast; a question brings it up
//! to date first.

use posthouse_domain::ticket::Body;
use rusqlite::{Connection, OptionalExtension, params};

use crate::database::Database;
use crate::error::{Doing, Error};
use crate::limits;
use crate::place::Place;

/// Makes the next texts searchable, at most [`limits::TEXTS_PER_STEP_MAX`]. Gives whether there
/// may be more.
///
/// # Errors
///
/// Those of the database; nothing of the step is kept then.
pub(crate) fn fill_step(connection: &mut Connection) -> Result<bool, Error> {
    let behind: Option<(u16, i64, i64)> = connection
        .query_row(
            "SELECT number, searchable, position FROM stream WHERE searchable < position LIMIT 1",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .optional()
        .doing("find texts to index")?;
    let Some((stream, searchable, position)) = behind else {
        return Ok(false);
    };
    let transaction = connection.transaction().doing("begin to index")?;
    let place = |sequence: i64| Place::new(stream, sequence.unsigned_abs());
    let texts = texts(&transaction, place(searchable), place(position))?;
    let through = match texts.last() {
        Some((last, _)) if texts.len() == limits::TEXTS_PER_STEP_MAX => last.sequence(),
        _ => position.unsigned_abs(),
    };
    {
        let mut insert = transaction
            .prepare_cached("INSERT INTO text (rowid, words) VALUES (?1, ?2)")
            .doing("index a text")?;
        for (place, text) in texts {
            insert
                .execute(params![place.0, split(&text)])
                .doing("index a text")?;
        }
    }
    transaction
        .execute(
            "UPDATE stream SET searchable = ?2 WHERE number = ?1",
            (stream, i64::try_from(through).unwrap_or(i64::MAX)),
        )
        .doing("note what is indexed")?;
    transaction.commit().doing("commit an index step")?;
    Ok(true)
}

/// Makes everything searchable that was folded when this began, and perhaps more.
///
/// # Errors
///
/// As [`fill_step`].
pub(crate) fn catch_up(database: &Database) -> Result<(), Error> {
    while fill_step(&mut database.writer())? {}
    Ok(())
}

/// What to ask the index for a word that somebody looks for; `None` when nothing in it is a
/// letter or a digit, so that nothing can be found by it.
pub(crate) fn phrase(word: &str) -> Option<String> {
    let last = word.chars().rev().find(|c| c.is_alphanumeric())?;
    let words = split(word).replace('"', " ");
    let prefix = if is_unspaced(last) { "" } else { "*" };
    Some(format!("\"{}\"{prefix}", words.trim()))
}

/// The texts of facts that count, after one place and up to another.
fn texts(
    connection: &Connection,
    after: Place,
    through: Place,
) -> Result<Vec<(Place, String)>, Error> {
    let sql = format!(
        "SELECT place, payload FROM fact WHERE place > ?1 AND place <= ?2 \
         AND kind IN ('opened', 'replied') AND void IS NULL ORDER BY place LIMIT {}",
        limits::TEXTS_PER_STEP_MAX
    );
    let mut select = connection.prepare_cached(&sql).doing("read texts")?;
    let mut rows = select.query((after.0, through.0)).doing("read texts")?;
    let mut texts = Vec::new();
    while let Some(row) = rows.next().doing("read texts")? {
        let place = Place(row.get(0).doing("read texts")?);
        let payload = row
            .get_ref(1)
            .and_then(|value| Ok(value.as_blob()?))
            .doing("read texts")?;
        texts.push((place, text_of(payload)));
    }
    Ok(texts)
}

fn text_of(payload: &[u8]) -> String {
    match posthouse_wire::decode(payload).map(|fact| fact.body) {
        Ok(Body::Opened(opened)) => format!("{}\n{}", opened.subject, opened.body),
        Ok(Body::Replied(replied)) => replied.text,
        // Only facts that could be read are kept.
        _ => String::new(),
    }
}

/// Puts blanks around each character of a script that is written without them, and in place of
/// what is no text (a zero would end a phrase early).
fn split(text: &str) -> String {
    let mut words = String::with_capacity(text.len() * 2);
    for c in text.chars() {
        if is_unspaced(c) {
            words.push(' ');
            words.push(c);
            words.push(' ');
        } else if c.is_control() {
            words.push(' ');
        } else {
            words.push(c);
        }
    }
    words
}

/// Whether words of this script run together, or are looked for in parts (Korean).
const fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{0E00}'..='\u{0EFF}'     // Thai, Lao
        | '\u{1000}'..='\u{109F}'   // Myanmar
        | '\u{1100}'..='\u{11FF}'   // Hangul letters
        | '\u{1780}'..='\u{17FF}'   // Khmer
        | '\u{3005}'..='\u{3007}'   // ideographic iteration mark, zero
        | '\u{3040}'..='\u{31FF}'   // kana, bopomofo, Hangul letters
        | '\u{3400}'..='\u{9FFF}'   // ideographs
        | '\u{AC00}'..='\u{D7AF}'   // Hangul syllables
        | '\u{F900}'..='\u{FAFF}'   // compatibility ideographs
        | '\u{FF66}'..='\u{FF9F}'   // half-width kana
        | '\u{20000}'..='\u{3FFFF}' // further ideographs
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(text: &str, word: &str) -> bool {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE VIRTUAL TABLE text USING fts5 (words, content = '', \
                 tokenize = 'unicode61 remove_diacritics 2')",
            )
            .unwrap();
        connection
            .execute("INSERT INTO text (words) VALUES (?1)", [split(text)])
            .unwrap();
        let Some(phrase) = phrase(word) else {
            return false;
        };
        connection
            .query_row(
                "SELECT count(*) FROM text WHERE text MATCH ?1",
                [phrase],
                |row| row.get::<_, i64>(0),
            )
            .unwrap()
            > 0
    }

    #[test]
    fn finds_words_of_every_language() {
        let text = "生产环境磁盘写满，ECS i-2ze9 报错 ENOSPC: no space left. データベースが停止。 \
                    디스크가 가득 찼습니다. Verbindungsabbrüche seit gestern";
        for word in [
            "磁盘",
            "盘",
            "磁盘写满",
            "i-2ze9",
            "enospc",
            "SPACE",
            "データ",
            "停止",
            "디스크",
            "가득",
            "verbindungsabb",
            "Verbindungsabbruche",
            "ECS",
        ] {
            assert!(finds(text, word), "{word}");
        }
        for word in ["盘磁", "满写", "pace", "2zf9", "!!", "\"", "-", ""] {
            assert!(!finds(text, word), "{word}");
        }
    }

    #[test]
    fn no_word_is_a_syntax_error() {
        for word in [
            "a\"b",
            "a OR b",
            "NEAR(a b)",
            "a*",
            "^a",
            "a:b",
            "(",
            "{a}",
            "-a",
            "a\0b",
        ] {
            finds("some text", word);
        }
    }
}
