//! What a seed decides before anything runs: how large the region is, what is sent to it, and
//! which faults there are and how often.
//!
//! Not every run has every fault: each kind is there or not by the seed, because a fault that is
//! always there hides what only shows without it.

use std::time::Duration;

use posthouse_bus::topology::Size;
use posthouse_runtime::Pace;

use crate::Plant;
use crate::dice::Dice;

/// When faults and traffic end, in virtual time since the beginning: at least and at most.
const FAULTS_MS: (u64, u64) = (30_000, 70_000);
/// How long the region then has to finish what is open.
pub(crate) const SETTLE: Duration = Duration::from_secs(75);
/// How much longer a late clock is forgiven after the faults: whoever dies in the last moment of
/// faults may be followed by another owner within this.
pub(crate) const GRACE: Duration = Duration::from_secs(10);
/// How long the log then stands still, so that everything that is due by then happens.
pub(crate) const LAST: Duration = Duration::from_secs(10);

/// What a seed decides before anything runs.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) plant: Option<Plant>,
    pub(crate) size: Size,
    /// Processes of each role.
    pub(crate) replicas: u64,
    /// Tickets that are opened.
    pub(crate) tickets: u64,
    /// Messages that nobody should have sent.
    pub(crate) bad_messages: u64,
    /// The bundle in force at first, by its place among [`crate::bundles::BUNDLES`].
    pub(crate) bundle: usize,
    /// The bundle that is activated under way, and when.
    pub(crate) switch: Option<(usize, Duration)>,
    /// Whether processes fetch and compile bundles by themselves.
    pub(crate) compiles: bool,
    /// When faults end.
    pub(crate) faults_end: Duration,
    pub(crate) pace: Pace,
    pub(crate) rates: Rates,
}

/// How often what goes wrong: in a thousand calls of the port, unless it says otherwise.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rates {
    /// The call takes some milliseconds, or lets others go first.
    pub(crate) slow: u64,
    /// The call takes seconds.
    pub(crate) stalled: u64,
    /// The bus does not answer.
    pub(crate) unavailable: u64,
    /// A message is lost on its way.
    pub(crate) lost_message: u64,
    /// A message is stored and its receipt is lost.
    pub(crate) lost_receipt: u64,
    /// A message arrives once more, some time later.
    pub(crate) late_copy: u64,
    /// The same, when the server no longer remembers its identity.
    pub(crate) zombie_copy: u64,
    /// An acknowledgement is lost.
    pub(crate) lost_ack: u64,
    /// An owner loses its connection, and asks for its partition anew.
    pub(crate) reconnect: u64,
    /// A snapshot is lost or damaged when it is written or read.
    pub(crate) bad_snapshot: u64,
    /// The disk refuses.
    pub(crate) disk: u64,
    /// Whoever is told by webhook does not answer, or not well.
    pub(crate) endpoint: u64,
    /// The process dies after at most so many calls; 0 for never.
    pub(crate) calls_to_crash_max: u64,
    /// The process dies after at most so many milliseconds; 0 for never.
    pub(crate) ms_to_crash_max: u64,
    /// Of a thousand deaths, how many take the disk along.
    pub(crate) lost_disk: u64,
    /// The process freezes once in this many milliseconds; 0 for never.
    pub(crate) ms_to_freeze_max: u64,
    /// How far clocks are off, in milliseconds.
    pub(crate) skew_ms_max: u64,
    /// How often the bus goes away for everybody.
    pub(crate) bus_away: u64,
}

impl Plan {
    /// What `seed` decides.
    pub(crate) fn of(seed: u64, plant: Option<Plant>) -> Self {
        let mut dice = Dice::of(seed, "plan");
        let faults_end = dice.millis(FAULTS_MS.0, FAULTS_MS.1);
        let bundles = crate::bundles::BUNDLES.len();
        // Promises of seconds are kept or broken within a run, so most runs begin with them.
        let bundle = if dice.strikes(700) {
            0
        } else {
            dice.index(bundles)
        };
        let other = (bundle + dice.index(bundles - 1) + 1) % bundles;
        let at = dice.millis(0, FAULTS_MS.0);
        Self {
            seed,
            plant,
            size: size(&mut dice),
            replicas: dice.between(2, 3),
            tickets: dice.between(6, 16),
            bad_messages: if dice.strikes(600) {
                dice.between(1, 10)
            } else {
                0
            },
            bundle,
            switch: dice.strikes(600).then_some((other, at)),
            compiles: dice.strikes(60),
            faults_end,
            pace: Pace {
                inputs_in_flight_max: *dice.pick(&[1, 3, 16, 64, 8_192]),
                snapshot_every: Duration::from_secs(*dice.pick(&[5, 15, 60])),
                // Dice of its own, so that every seed still means what it meant before.
                replay_max: *Dice::of(seed, "replay").pick(&[0, 20, 10_000]),
            },
            rates: Rates::draw(&mut dice),
        }
    }
}

fn size(dice: &mut Dice) -> Size {
    let partitions = *dice.pick(&[1, 2, 3, 4]);
    Size {
        partitions,
        partitions_per_stream: *dice.pick(&[1, 2, 4]),
        receiver_partitions: *dice.pick(&[1, 2]),
        ..Size::LAPTOP
    }
}

impl Rates {
    fn draw(dice: &mut Dice) -> Self {
        let mut maybe = |often: u64, most: u64| {
            if dice.strikes(often) {
                dice.between(1, most)
            } else {
                0
            }
        };
        Self {
            slow: maybe(900, 300),
            stalled: maybe(400, 4),
            unavailable: maybe(500, 25),
            lost_message: maybe(500, 60),
            lost_receipt: maybe(500, 60),
            late_copy: maybe(400, 60),
            zombie_copy: maybe(400, 60),
            lost_ack: maybe(400, 100),
            reconnect: maybe(300, 8),
            bad_snapshot: maybe(400, 400),
            disk: maybe(400, 4),
            endpoint: maybe(600, 400),
            calls_to_crash_max: maybe(600, 4_000),
            ms_to_crash_max: 10 * maybe(500, 6_000),
            lost_disk: maybe(500, 600),
            ms_to_freeze_max: 10 * maybe(400, 6_000),
            skew_ms_max: maybe(400, 600_000),
            bus_away: maybe(300, 3),
        }
    }
}
