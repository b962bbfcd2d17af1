//! Every bound of the notifier, with its unit.

/// Most requests that are told in one message.
pub const GROUP_MEMBERS_MAX: usize = 200;
/// Most groups that are looked at in one step, each with up to [`GROUP_MEMBERS_MAX`] requests.
pub const GROUPS_PER_STEP_MAX: usize = 32;
/// How long an open incident holds a request at most, in milliseconds: a day. What is held longer
/// is told, because nobody may know any more that it is held.
pub const HELD_MS_MAX: i64 = 24 * 60 * 60 * 1_000;
/// Most silences at once.
pub const SILENCES_MAX: usize = 1_000;
/// Most incidents of which it is known that they ended or were opened again.
pub const INCIDENTS_MAX: usize = 10_000;
/// How many silences are read from the view at once.
pub const SILENCES_PER_SCAN: usize = 256;
/// Longest part of an answer kept as a receipt or an error, in characters.
pub const RECEIPT_CHARS_MAX: usize = 300;
/// Most requests for which it is remembered which attempts were answered.
pub const ANSWERED_MAX: usize = 10_000;
/// Most bytes of an answer that are read.
pub const ANSWER_BYTES_MAX: usize = 16 * 1024;
/// Most attempts of one receiver under way at once: one that never answers leaves room for the
/// others.
pub const RECEIVER_ERRANDS_MAX: usize = 16;
/// Most receivers whose ready requests are looked at in one step; the others are next.
pub const RECEIVERS_PER_STEP_MAX: usize = 64;
/// How long to wait for the outcome of an attempt whose receiver the policy lacks, in
/// milliseconds. Nothing is posted then, so only the log has to answer.
pub const NO_RECEIVER_PATIENCE_MS: i64 = 10_000;
/// How long a request with an outcome is remembered, so that a repeat is not told again, in
/// milliseconds: as long as regions keep their facts (requirements, R82), because what comes
/// again comes from there.
pub const SETTLED_KEPT_MS: i64 = 180 * 24 * 60 * 60 * 1_000;
/// Most bytes of a secret.
pub const SECRET_BYTES_MAX: u64 = 64 * 1024;
/// Most bytes that are read of a relay's side of a conversation.
pub const RELAY_BYTES_MAX: usize = 256 * 1024;
/// How long an endpoint is left alone that says that it was asked too often, but not how long to
/// wait, in milliseconds.
pub const BUSY_MS: u32 = 60_000;
/// The longest that an endpoint can ask to be left alone, in milliseconds.
pub const RETRY_AFTER_MS_MAX: u32 = 10 * 60 * 1_000;
/// Most parts of a short message.
pub const SMS_PARTS_MAX: usize = 3;
/// Longest value of a parameter of a short message's template, in characters: what the carriers
/// of mainland China pass.
pub const SMS_VALUE_CHARS_MAX: usize = 35;
/// So many failures of an endpoint in a row, and it is asked by one request at a time.
pub const BREAKER_FAILURES: u32 = 5;
/// How long a connection may take to come about, TLS included, in milliseconds: what was not
/// even connected has certainly not arrived.
pub const CONNECT_MS_MAX: u64 = 5_000;
