//! One life of a process, from its start to its end: what it may suffer at each call of a port.
//!
//! A process touches the world only through its ports, so it can be stopped there: a crash is a
//! call that never returns (its future is dropped soon after), and a process that is frozen is
//! one whose calls all wait.

use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use posthouse_bus::Error as BusError;
use posthouse_runtime::clock::Clock;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::dice::Dice;
use crate::plan::Rates;
use crate::world::World;

/// The longest that a process is frozen: longer than the bus keeps a silent owner's partition.
const FREEZE_MS: (u64, u64) = (500, 20_000);
/// How long a call takes that is slow, and one that stalls.
const SLOW_MS: (u64, u64) = (1, 60);
const STALLED_MS: (u64, u64) = (500, 8_000);

/// One life of a process.
pub(crate) struct Life {
    pub(crate) world: Arc<World>,
    /// Which process it is, such as `router-2`.
    pub(crate) process: String,
    fate: Mutex<Fate>,
    died: CancellationToken,
}

/// What is in store for it.
struct Fate {
    dice: Dice,
    /// It dies when it has made so many calls more.
    calls_left: Option<u64>,
    /// When it freezes and thaws, in order.
    freezes: Vec<(Instant, Instant)>,
}

/// A wait at a port that may be begun, dropped, and gone on with.
#[derive(Debug, Default)]
pub(crate) struct Wait {
    until: Option<Instant>,
    lets_others_first: bool,
}

impl Life {
    /// The `number`-th life of a process.
    pub(crate) fn new(world: Arc<World>, process: &str, number: u64) -> Arc<Self> {
        let mut dice = Dice::of(world.plan.seed, &format!("life {process} {number}"));
        let rates = &world.plan.rates;
        let calls_left = (rates.calls_to_crash_max > 0 && !world.is_quiet())
            .then(|| dice.between(1, rates.calls_to_crash_max));
        let freezes = freezes(&mut dice, &world);
        Arc::new(Self {
            process: process.to_owned(),
            fate: Mutex::new(Fate {
                dice,
                calls_left,
                freezes,
            }),
            died: CancellationToken::new(),
            world,
        })
    }

    /// How often what goes wrong; nothing, once faults have ended.
    pub(crate) fn rates(&self) -> Option<&Rates> {
        (!self.world.is_quiet()).then_some(&self.world.plan.rates)
    }

    /// Whether a fault strikes now that does so often; then it is counted.
    pub(crate) fn strikes(&self, kind: &'static str, rate: impl Fn(&Rates) -> u64) -> bool {
        let struck = self
            .rates()
            .is_some_and(|rates| self.fate().dice.strikes(rate(rates)));
        if struck {
            self.world.fault(kind);
        }
        struck
    }

    /// Draws something.
    pub(crate) fn draw<T>(&self, draw: impl FnOnce(&mut Dice) -> T) -> T {
        draw(&mut self.fate().dice)
    }

    /// Ends the life: no call of a port returns any more.
    pub(crate) fn die(&self) {
        self.died.cancel();
    }

    /// Resolves when the life ends.
    pub(crate) async fn died(&self) {
        self.died.cancelled().await;
    }

    /// Whether the life has ended.
    pub(crate) fn is_dead(&self) -> bool {
        self.died.is_cancelled()
    }

    /// Before and after the effect of each call: waits as long as the seed says; does not return
    /// when the process is dead, and not before it thaws when it is frozen.
    pub(crate) async fn pass(&self) {
        self.go_on(&mut Wait::default()).await;
    }

    /// The same, in a call that may be dropped: what was waited so far is not waited again.
    pub(crate) async fn go_on(&self, wait: &mut Wait) {
        if wait.until.is_none() {
            *wait = self.begin();
        }
        loop {
            if self.is_dead() {
                pending::<()>().await;
            }
            let now = Instant::now();
            let until = wait.until.max(self.thaws_at(now));
            match until {
                Some(until) if until > now => sleep_until(until).await,
                _ => break,
            }
        }
        if wait.lets_others_first {
            wait.lets_others_first = false;
            tokio::task::yield_now().await;
        }
        *wait = Wait::default();
    }

    /// Resolves when the process freezes or dies next.
    pub(crate) async fn is_stopped(&self) {
        let now = Instant::now();
        let next = {
            let fate = self.fate();
            fate.freezes.iter().find(|(_, thaw)| *thaw > now).copied()
        };
        match next {
            Some((freeze, _)) => tokio::select! {
                biased;
                () = self.died() => {}
                () = sleep_until(freeze) => {}
            },
            None => self.died().await,
        }
    }

    /// Fails as a bus does that does not answer, if the seed says so.
    pub(crate) fn reach(&self) -> Result<(), BusError> {
        if self.strikes("unavailable", |rates| rates.unavailable) {
            return Err(lost("the bus does not answer"));
        }
        Ok(())
    }

    /// The clock of the process: off by some time, which changes now and then.
    pub(crate) fn clock(self: &Arc<Self>) -> Clock {
        let skew_max = self.world.plan.rates.skew_ms_max;
        if skew_max == 0 {
            return self.world.clock();
        }
        let offsets: Vec<i64> = self.draw(|dice| {
            let offset = |dice: &mut Dice| {
                let drawn = i64::try_from(dice.below(2 * skew_max)).unwrap_or(0);
                drawn - i64::try_from(skew_max).unwrap_or(0)
            };
            (0..8).map(|_| offset(dice)).collect()
        });
        self.world.fault("skewed clock");
        let life = Arc::clone(self);
        Clock::from_fn(move || {
            let span = usize::try_from(life.world.elapsed().as_secs() / 10).unwrap_or(0);
            let offset = life.rates().map_or(0, |_| offsets[span % offsets.len()]);
            life.world.now().plus_millis(offset)
        })
    }

    /// Counts a call, and decides how long it waits.
    fn begin(&self) -> Wait {
        let now = Instant::now();
        let mut wait = Wait {
            until: Some(now),
            lets_others_first: false,
        };
        let Some(rates) = self.rates() else {
            return wait;
        };
        let mut fate = self.fate();
        if let Some(left) = &mut fate.calls_left {
            *left = left.saturating_sub(1);
            if *left == 0 && !self.is_dead() {
                drop(fate);
                self.world.fault("crash at a call");
                self.die();
                return wait;
            }
        }
        let dice = &mut fate.dice;
        if dice.strikes(rates.stalled) {
            wait.until = Some(now + dice.millis(STALLED_MS.0, STALLED_MS.1));
            drop(fate);
            self.world.fault("stalled call");
        } else if dice.strikes(rates.slow) {
            wait.lets_others_first = dice.strikes(300);
            if !wait.lets_others_first {
                wait.until = Some(now + dice.millis(SLOW_MS.0, SLOW_MS.1));
            }
        }
        wait
    }

    fn thaws_at(&self, now: Instant) -> Option<Instant> {
        let fate = self.fate();
        let frozen = |(freeze, thaw): &&(Instant, Instant)| *freeze <= now && now < *thaw;
        fate.freezes.iter().find(frozen).map(|(_, thaw)| *thaw)
    }

    fn fate(&self) -> MutexGuard<'_, Fate> {
        self.fate.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When a process freezes and thaws from now to the end of faults.
fn freezes(dice: &mut Dice, world: &World) -> Vec<(Instant, Instant)> {
    let most = world.plan.rates.ms_to_freeze_max;
    let end = world.at(world.plan.faults_end);
    let mut freezes = Vec::new();
    let mut from = Instant::now();
    if most == 0 {
        return freezes;
    }
    loop {
        let freeze = from + dice.millis(1, most);
        let thaw = (freeze + dice.millis(FREEZE_MS.0, FREEZE_MS.1)).min(end);
        if freeze >= end {
            return freezes;
        }
        world.fault("freeze");
        freezes.push((freeze, thaw));
        from = thaw + Duration::from_millis(1);
    }
}

/// The error of a call whose answer nobody heard.
pub(crate) fn lost(what: &str) -> BusError {
    BusError::Unavailable(what.to_owned())
}
