//! Every bound of the bus, with its unit.

use std::time::Duration;

/// Largest payload of a message, in bytes: the default of the server.
pub const PAYLOAD_BYTES_MAX: usize = 1024 * 1024;
/// Largest message that a stream takes, in bytes, headers included. Leaves room for the letter
/// around it when it has to be set aside whole.
pub const MESSAGE_BYTES_MAX: usize = 500 * 1024;
/// Most deliveries handed over at once.
pub const TURN_DELIVERIES_MAX: usize = 512;
/// Most deliveries of a partition that may be unacknowledged.
pub const ACK_PENDING_MAX: u32 = 10_000;
/// How long the server waits for an acknowledgement before it delivers again.
pub const ACK_WAIT: Duration = Duration::from_secs(30);
/// How long an owner may be silent before the server gives its partition to another.
pub const OWNER_SILENCE_MAX: Duration = Duration::from_secs(4);
/// How long one pull request waits at the server. At most half of [`OWNER_SILENCE_MAX`], else
/// an idle owner would lose its partition again and again.
pub const PULL_EXPIRES: Duration = Duration::from_secs(2);
/// How often the server says that it is there while a pull request waits.
pub const PULL_HEARTBEAT: Duration = Duration::from_millis(800);
/// How long the server remembers message ids.
pub const DUPLICATE_WINDOW: Duration = Duration::from_secs(120);
/// How long a tick stays in the log.
pub const TICK_TTL: Duration = Duration::from_secs(30);
/// How long a publish may wait for its receipt.
pub const RECEIPT_WAIT: Duration = Duration::from_secs(5);
/// Most publishes of one connection that may wait for their receipts.
pub const RECEIPTS_PENDING_MAX: usize = 8_192;
/// Most partitions of a region.
pub const PARTITIONS_MAX: u16 = 100;
/// Longest region key, in bytes.
pub const REGION_BYTES_MAX: usize = 32;
/// How many times an inbox message is delivered before it is given up as poison.
pub const INBOX_DELIVERIES_MAX: u32 = 5;
/// How long what the lookout reads is kept: a storm is found in minutes, and one that is over is
/// remembered for a week. It holds texts of customers, so it holds them no longer.
pub const LOOKOUT_AGE_MAX: Duration = Duration::from_secs(8 * 24 * 3600);
/// How long what the dispatcher reads is kept. Its view holds every ticket that waits however long
/// it waits; this is for rebuilding a view that was lost together with its snapshot.
pub const DISPATCH_AGE_MAX: Duration = Duration::from_secs(30 * 24 * 3600);
