//! Forecasts against the naive one: a desk is simulated, with seeds, and both are scored.
//!
//! Tickets come at random, in rushes too, and wait for the next free agent, the worse severity
//! first; handling times are log-normal. Both forecasts are made at 25, 50 and 75 % of each
//! target and scored by what came. The figures of `docs/performance.md` are those this test
//! prints: `cargo test -p posthouse-domain --test forecast -- --nocapture`.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};

use posthouse_domain::sla::forecast::{Place, Question, Rates, Score, Standing, Told, forecast};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const SEEDS: [u64; 5] = [1, 2, 3, 5, 8];
const CHECKS: [i64; 3] = [25, 50, 75];
/// The promise for each severity, the worst first.
const TARGETS: [i64; 3] = [4 * HOUR, 8 * HOUR, 24 * HOUR];
/// The share of each severity, in thousandths.
const SHARES: [u64; 3] = [100, 350, 550];

/// A desk and what comes to it.
struct Desk {
    name: &'static str,
    agents: u32,
    /// The mean handling time, and the sigma of its logarithm.
    handling_ms: f64,
    sigma: f64,
    /// Tickets an hour, on average, outside rushes.
    per_hour: f64,
    /// How often a rush begins, how long it lasts, and how many times more then come.
    rush_every: i64,
    rush_lasts: i64,
    rush_factor: f64,
    days: i64,
}

const DESKS: [Desk; 3] = [
    Desk {
        name: "a desk with rushes",
        agents: 20,
        handling_ms: 90.0 * 60_000.0,
        sigma: 0.9,
        per_hour: 9.0,
        rush_every: 36 * HOUR,
        rush_lasts: 4 * HOUR,
        rush_factor: 4.0,
        days: 60,
    },
    Desk {
        name: "a steady desk with a long tail",
        agents: 40,
        handling_ms: 150.0 * 60_000.0,
        sigma: 1.3,
        per_hour: 12.0,
        rush_every: 24 * HOUR,
        rush_lasts: 0,
        rush_factor: 1.0,
        days: 60,
    },
    Desk {
        name: "an outage every week",
        agents: 12,
        handling_ms: 45.0 * 60_000.0,
        sigma: 0.8,
        per_hour: 11.0,
        rush_every: 168 * HOUR,
        rush_lasts: 6 * HOUR,
        rush_factor: 6.0,
        days: 90,
    },
];

/// What happens next, in the order of time; the number tells equal instants apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Arrival,
    Check(usize, i64),
    Due(usize),
    Done(usize),
}

struct Ticket {
    severity: usize,
    came_at: i64,
    place: Place,
    told: Vec<Told>,
    /// What the wiser naive forecast said, at which percentage.
    wisely: Vec<(i64, u64)>,
    /// Whether the target ended, kept or missed.
    ended: bool,
    done: bool,
}

/// A run of a desk: its queue, its tickets, and what the forecasts know.
struct Run<'a> {
    desk: &'a Desk,
    random: Random,
    events: BinaryHeap<Reverse<(i64, u64, Event)>>,
    numbered: u64,
    tickets: Vec<Ticket>,
    waiting: BTreeMap<usize, VecDeque<usize>>,
    free: u32,
    rates: [Rates; 3],
    standings: [Standing; 3],
    missed: BTreeSet<usize>,
    wiser: Wiser,
}

impl<'a> Run<'a> {
    fn new(desk: &'a Desk, seed: u64) -> Self {
        Self {
            desk,
            random: Random(seed),
            events: BinaryHeap::new(),
            numbered: 0,
            tickets: Vec::new(),
            waiting: BTreeMap::new(),
            free: desk.agents,
            rates: Default::default(),
            standings: Default::default(),
            missed: BTreeSet::new(),
            wiser: Wiser::default(),
        }
    }

    fn run(mut self) -> Outcome {
        self.at(0, Event::Arrival);
        while let Some(Reverse((now, _, event))) = self.events.pop() {
            match event {
                Event::Arrival => self.arrival(now),
                Event::Check(ticket, percent) => self.check(ticket, percent),
                Event::Due(ticket) => self.due(ticket),
                Event::Done(ticket) => self.done(ticket, now),
            }
        }
        let score = self
            .rates
            .iter()
            .map(Rates::score)
            .fold(Score::default(), Score::and);
        Outcome {
            score,
            wiser: self.wiser.squared,
            missed: self.missed.len(),
            tickets: self.tickets.len(),
        }
    }

    fn at(&mut self, when: i64, event: Event) {
        self.numbered += 1;
        self.events.push(Reverse((when, self.numbered, event)));
    }

    fn arrival(&mut self, now: i64) {
        let severity = self.severity();
        let ticket = self.tickets.len();
        let place = self.standings[severity].enter();
        self.tickets.push(Ticket {
            severity,
            came_at: now,
            place,
            told: Vec::new(),
            wisely: Vec::new(),
            ended: false,
            done: false,
        });
        for percent in CHECKS {
            let check = Event::Check(ticket, percent);
            self.at(now + TARGETS[severity] * percent / 100, check);
        }
        self.at(now + TARGETS[severity], Event::Due(ticket));
        self.waiting.entry(severity).or_default().push_back(ticket);
        self.work(now);
        let next = now + self.gap_ms(now);
        if next < self.desk.days * 24 * HOUR {
            self.at(next, Event::Arrival);
        }
    }

    fn check(&mut self, ticket: usize, percent: i64) {
        let Ticket {
            severity,
            done,
            place,
            ..
        } = self.tickets[ticket];
        if done {
            return;
        }
        let elapsed_ms = TARGETS[severity] * percent / 100;
        let question = Question {
            elapsed_ms,
            left_ms: TARGETS[severity] - elapsed_ms,
            ahead: self.standings[severity].ahead(place),
            served: self.standings[severity].served(place),
        };
        let forecast = forecast(&self.rates[severity], &question);
        self.tickets[ticket].told.push(forecast.told);
        let wisely = self.wiser.permille(severity, percent);
        self.tickets[ticket].wisely.push((percent, wisely));
    }

    fn due(&mut self, ticket: usize) {
        if !self.tickets[ticket].done {
            let severity = self.tickets[ticket].severity;
            let told = &self.tickets[ticket].told;
            self.rates[severity].missed(TARGETS[severity], told);
            self.end(ticket, true);
            self.missed.insert(ticket);
        }
    }

    fn done(&mut self, ticket: usize, now: i64) {
        let severity = self.tickets[ticket].severity;
        self.tickets[ticket].done = true;
        if !self.tickets[ticket].ended {
            let Ticket { came_at, told, .. } = &self.tickets[ticket];
            self.rates[severity].kept(now - came_at, told);
            self.end(ticket, false);
        }
        self.standings[severity].leave();
        self.free += 1;
        self.work(now);
    }

    fn end(&mut self, ticket: usize, missed: bool) {
        let ticket = &mut self.tickets[ticket];
        ticket.ended = true;
        for (percent, said) in &ticket.wisely {
            self.wiser.ended(ticket.severity, *percent, *said, missed);
        }
    }

    /// Free agents take what waits, the worst first.
    fn work(&mut self, now: i64) {
        while self.free > 0 {
            let mut queues = self.waiting.values_mut();
            let Some(ticket) = queues.find_map(VecDeque::pop_front) else {
                return;
            };
            self.free -= 1;
            let takes = self.handling_ms();
            self.at(now + takes, Event::Done(ticket));
        }
    }

    fn severity(&mut self) -> usize {
        let mut drawn = self.random.next() % 1_000;
        for (severity, share) in SHARES.into_iter().enumerate() {
            match drawn.checked_sub(share) {
                Some(rest) => drawn = rest,
                None => return severity,
            }
        }
        SHARES.len() - 1
    }

    /// Log-normal, with the desk's mean.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "milliseconds, far below 2^53"
    )]
    fn handling_ms(&mut self) -> i64 {
        let sigma = self.desk.sigma;
        let mu = self.desk.handling_ms.ln() - sigma * sigma / 2.0;
        (mu + sigma * self.random.normal()).exp() as i64
    }

    /// Until the next ticket comes: exponential.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "milliseconds, far below 2^53"
    )]
    fn gap_ms(&mut self, now: i64) -> i64 {
        let is_rush = now % self.desk.rush_every < self.desk.rush_lasts;
        let factor = if is_rush { self.desk.rush_factor } else { 1.0 };
        let mean_ms = 3_600_000.0 / (self.desk.per_hour * factor);
        (-self.random.unit().ln() * mean_ms) as i64 + 1
    }
}

/// The share of recent breaches among tickets of a severity that were open at a percentage of
/// their target, with the same memory as ours.
#[derive(Default)]
struct Wiser {
    shares: BTreeMap<(usize, i64), (f64, f64)>,
    squared: u64,
}

impl Wiser {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share, in thousandths"
    )]
    fn permille(&self, severity: usize, percent: i64) -> u64 {
        let share = self.shares.get(&(severity, percent));
        let (asked, missed) = share.copied().unwrap_or_default();
        (1_000.0 * (missed + 1.6) / (asked + 8.0)) as u64
    }

    fn ended(&mut self, severity: usize, percent: i64, said: u64, missed: bool) {
        let share = self.shares.entry((severity, percent)).or_default();
        let came = u32::from(missed);
        share.0 = share.0 * (1.0 - 1.0 / 128.0) + 1.0;
        share.1 = share.1 * (1.0 - 1.0 / 128.0) + f64::from(came);
        self.squared += said.abs_diff(1_000 * u64::from(came)).pow(2);
    }
}

/// SplitMix64: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Above 0, at most 1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    fn unit(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 1.0) / (1_u64 << 53) as f64
    }

    /// By Box and Muller.
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.unit().ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }
}

/// What came of a run: squared errors of ours, of the naive one, and of the wiser naive one.
struct Outcome {
    score: Score,
    wiser: u64,
    missed: usize,
    tickets: usize,
}

/// Ours is better than the share of recent breaches: at each desk and for each seed by an
/// eighth at least, over all by a quarter. Some of that is only to know how long a ticket has been
/// open; so the share of recent breaches among tickets that were as far is scored too, and ours
/// is better than that by a twentieth over all.
#[test]
fn better_than_the_share_of_recent_breaches() {
    let (mut all, mut all_wiser) = (Score::default(), 0);
    for desk in &DESKS {
        let (mut at_desk, mut wiser_at_desk) = (Score::default(), 0);
        for seed in SEEDS {
            let outcome = Run::new(desk, seed).run();
            let score = outcome.score;
            assert!(
                score.forecasts > 1_000,
                "enough to tell: {}",
                score.forecasts
            );
            assert!(outcome.missed * 200 > outcome.tickets, "enough are missed");
            let (ours, naive) = (score.squared, score.naive_squared);
            assert!(
                ours * 8 <= naive * 7,
                "{}, seed {seed}: {score:?}",
                desk.name
            );
            at_desk = at_desk.and(score);
            wiser_at_desk += outcome.wiser;
        }
        println!(
            "{}: {} forecasts, Brier {} ppm, naive {} ppm, wiser naive {} ppm",
            desk.name,
            at_desk.forecasts,
            at_desk.squared / at_desk.forecasts,
            at_desk.naive_squared / at_desk.forecasts,
            wiser_at_desk / at_desk.forecasts,
        );
        all = all.and(at_desk);
        all_wiser += wiser_at_desk;
    }
    assert!(all.squared * 4 <= all.naive_squared * 3, "{all:?}");
    assert!(
        all.squared * 20 <= all_wiser * 19,
        "{all:?}, wiser naive {all_wiser}"
    );
}
