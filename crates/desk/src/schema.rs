//! The tables of the read model, and the version of them all.
//!
//! Everything here can be thrown away and is rebuilt from the log, so there are no migrations:
//! whoever changes a table, or the meaning of a column, raises [`VERSION`].

use rusqlite::Connection;

/// The version of the tables; a file with another one is set aside and rebuilt.
pub(crate) const VERSION: i32 = 6;

/// Stands for "no deadline" where deadlines are sorted: after all others.
pub(crate) const NEVER: i64 = i64::MAX;

/// Stands for "no severity yet" where severities are sorted: after P3.
pub(crate) const SEVERITY_UNKNOWN: i64 = 9;

/// Instants are milliseconds since 1970 in UTC; identities are the 16 bytes of a UUID; places
/// are `stream number * 2^48 + sequence`. What a fact came with is in its row too: `trace` is the
/// context of its header, NULL where it has none.
const TABLES: &str = r#"
CREATE TABLE origin (
    region     TEXT    NOT NULL,
    partitions INTEGER NOT NULL
);
CREATE TABLE stream (
    number     INTEGER PRIMARY KEY,
    name       TEXT    NOT NULL UNIQUE,
    position   INTEGER NOT NULL,
    stored_at  INTEGER NOT NULL,
    searchable INTEGER NOT NULL
);
CREATE TABLE ticket (
    place        INTEGER PRIMARY KEY,
    id           BLOB    NOT NULL UNIQUE,
    number       TEXT    NOT NULL,
    number_order TEXT    NOT NULL,
    state        TEXT    NOT NULL,
    step         TEXT    NOT NULL,
    severity     INTEGER NOT NULL,
    category     TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    queue        TEXT    NOT NULL,
    region       TEXT    NOT NULL,
    customer     TEXT    NOT NULL,
    language     TEXT    NOT NULL,
    tier         TEXT    NOT NULL,
    subject      TEXT    NOT NULL,
    opened_at    INTEGER NOT NULL,
    changed_at   INTEGER NOT NULL,
    due_at       INTEGER NOT NULL,
    agent        TEXT    NOT NULL,
    offered      TEXT    NOT NULL,
    folded       BLOB    NOT NULL
);
CREATE INDEX ticket_number   ON ticket (number_order);
CREATE INDEX ticket_opened   ON ticket (opened_at);
CREATE INDEX ticket_changed  ON ticket (changed_at);
CREATE INDEX ticket_due      ON ticket (due_at);
CREATE INDEX ticket_severity ON ticket (severity);
CREATE INDEX ticket_customer ON ticket (customer, opened_at);
CREATE INDEX ticket_state    ON ticket (state, opened_at);
CREATE INDEX ticket_agent    ON ticket (agent)   WHERE agent <> '';
CREATE INDEX ticket_offered  ON ticket (offered) WHERE offered <> '';
CREATE TABLE agent (
    key      TEXT    PRIMARY KEY,
    presence TEXT    NOT NULL,
    since    INTEGER NOT NULL,
    seen_at  INTEGER NOT NULL,
    seen_by  BLOB    NOT NULL,
    reason   TEXT    NOT NULL
) WITHOUT ROWID;
CREATE TABLE preference (
    customer TEXT    PRIMARY KEY,
    language TEXT    NOT NULL,
    channels TEXT,
    about    TEXT,
    said_by  TEXT    NOT NULL,
    said_at  INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE fact (
    place    INTEGER PRIMARY KEY,
    ticket   BLOB    NOT NULL,
    id       BLOB    NOT NULL,
    kind     TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    log_time INTEGER NOT NULL,
    actor    TEXT    NOT NULL,
    cause    BLOB,
    policy   TEXT    NOT NULL,
    void     TEXT,
    trace    BLOB,
    payload  BLOB    NOT NULL
);
CREATE INDEX fact_ticket ON fact (ticket);
CREATE TABLE dead_letter (
    place           INTEGER PRIMARY KEY,
    role            TEXT    NOT NULL,
    code            TEXT    NOT NULL,
    reason          TEXT    NOT NULL,
    origin_stream   TEXT    NOT NULL,
    origin_sequence INTEGER NOT NULL,
    subject         TEXT    NOT NULL,
    headers         TEXT    NOT NULL,
    payload         BLOB    NOT NULL,
    refused_at      INTEGER NOT NULL,
    UNIQUE (role, origin_stream, origin_sequence)
);
CREATE TABLE settlement (
    stream     TEXT    NOT NULL,
    sequence   INTEGER NOT NULL,
    settlement TEXT    NOT NULL,
    settled_by TEXT    NOT NULL,
    settled_at INTEGER NOT NULL,
    PRIMARY KEY (stream, sequence)
) WITHOUT ROWID;
CREATE TABLE policy_activation (
    place     INTEGER PRIMARY KEY,
    partition INTEGER NOT NULL,
    version   TEXT    NOT NULL,
    name      TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    by        TEXT    NOT NULL,
    log_time  INTEGER NOT NULL
);
CREATE INDEX policy_activation_version ON policy_activation (version);
CREATE TABLE tally (
    name  TEXT    PRIMARY KEY,
    count INTEGER NOT NULL
) WITHOUT ROWID;
CREATE VIRTUAL TABLE text USING fts5 (
    words, content = '', tokenize = 'unicode61 remove_diacritics 2'
);
"#;

/// The tables whose rows follow from the log alone; [`TABLES`] has a search index besides, whose
/// pages depend on when it was filled.
pub(crate) const DUMPED: [(&str, &str); 9] = [
    ("stream", "number"),
    ("ticket", "place"),
    ("agent", "key"),
    ("preference", "customer"),
    ("fact", "place"),
    ("dead_letter", "place"),
    ("settlement", "stream, sequence"),
    ("policy_activation", "place"),
    ("tally", "name"),
];

/// Creates the tables in an empty database, for these streams of a region.
pub(crate) fn create(
    connection: &mut Connection,
    region: &str,
    partitions: u16,
    streams: &[String],
) -> Result<(), rusqlite::Error> {
    let transaction = connection.transaction()?;
    transaction.execute_batch(TABLES)?;
    transaction.execute("INSERT INTO origin VALUES (?1, ?2)", (region, partitions))?;
    for (number, name) in (0_u16..).zip(streams) {
        transaction.execute(
            "INSERT INTO stream VALUES (?1, ?2, 0, 0, 0)",
            (number, name),
        )?;
    }
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()
}
