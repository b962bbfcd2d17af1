//! Notifications from the log to a receiver: how many a second, how late, and what a kill in the
//! middle, or endpoints that do badly, do to them; and what groups that wait weigh.
//!
//! Openings of tickets are put into the log of a private region. A notifier in a process of its
//! own decides who is told and tells an HTTP listener of this process, which notes every arrival.
//! Where a fraction is given, the notifier is killed by SIGKILL when so much has arrived, and
//! another one is started with its data.
//!
//! # What counts
//!
//! *Lost* is what never arrived. *Doubled* is what arrived again; it is *unmarked* when neither
//! the message itself nor its outcome in the log says that it may be a repeat. Endpoints that
//! hang or fail are told beside the others, which are then measured twice in the same run:
//! *alone* first, then beside them, with as much for each of them as before.

mod asking;
mod listener;
mod outcomes;
mod report;
mod sinks;
mod telling;
mod weighing;

use std::time::{Duration, Instant};

use posthouse_bus::Role;

use self::asking::Asked;
use self::listener::Listener;
use self::report::{Measured, Report};
use self::sinks::{Kind, Sink, WELL};
use self::telling::{Killed, Telling};
use super::owner::{Home, Owner};
use super::timers::{Ground, Place};
use crate::cli::bench::NotifyArgs;
use crate::exit::{Error, Exit};
use crate::output::Output;

/// The region that is measured.
const REGION: &str = "bench";
/// The measurement fails when nothing arrives for so long. A claim whose owner was killed is
/// given up after the timeout and the back-off of its receiver.
const PATIENCE: Duration = Duration::from_secs(60);

/// Measures.
pub(super) async fn run(args: &NotifyArgs, output: &Output) -> Result<Exit, Error> {
    let ground = Ground::raise(output).await?;
    if let Some(groups) = args.groups {
        let weighed = weighing::weigh(&ground, groups, output).await;
        ground.end().await?;
        weighed?.tell(output)?;
        return Ok(Exit::Done);
    }
    let measured = measure(&ground, args, output).await;
    ground.end().await?;
    let report = Report::of(&measured?);
    report.tell(output)?;
    Ok(if report.is_well() {
        Exit::Done
    } else {
        Exit::Problems
    })
}

/// The process that is measured.
fn home<'a>(ground: &Ground, url: &'a str) -> Home<'a> {
    Home {
        role: Role::Notifier,
        region: REGION,
        url,
        data: ground.folder("notifier"),
        settings: &[("POSTHOUSE_WEBHOOKS__ALLOW_ADDRESSES", "127.0.0.0/8")],
    }
}

async fn measure(ground: &Ground, args: &NotifyArgs, output: &Output) -> Result<Measured, Error> {
    let listener = Listener::open().await?;
    let sinks = Sink::all(args.hanging, args.failing);
    let source = sinks::policy(&listener.url, &sinks);
    let place = ground.place(REGION, &source).await?;
    let url = ground.url();
    let home = home(ground, &url);
    let owner = Owner::start(&home, "first").await?;
    let mut stage = Stage {
        place: &place,
        listener: &listener,
        args,
        output,
        telling: Telling::new(owner, &home),
    };
    let (well, bad) = sinks.split_at(WELL as usize);
    let alone = match bad {
        [] => Vec::new(),
        _ => stage.act(well, None).await?,
    };
    let began = Instant::now();
    let asked = stage.act(&sinks, args.kill_at).await?;
    let ended = listener.last().unwrap_or(began);
    let cpu_seconds = stage.telling.cpu_seconds();
    let marked = outcomes::marked(&place, &alone, &asked).await?;
    let killed = stage.telling.end().await?;
    Ok(Measured {
        arrivals: listener.arrivals(),
        recovered: killed.and_then(|killed| recovered(&listener, &killed)),
        alone,
        asked,
        marked,
        seconds: (ended - began).as_secs_f64(),
        cpu_seconds,
    })
}

/// What comes once the second notifier runs: what the first had sent may still arrive before.
fn recovered(listener: &Listener, killed: &Killed) -> Option<Duration> {
    Some(listener.first_after(killed.runs)? - killed.at)
}

/// Where facts are put in and arrivals awaited.
struct Stage<'a> {
    place: &'a Place,
    listener: &'a Listener,
    args: &'a NotifyArgs,
    output: &'a Output,
    telling: Telling<'a>,
}

impl Stage<'_> {
    /// Lets these endpoints be told, and waits until those that do well were. Gives what they
    /// were to be told.
    async fn act(&mut self, sinks: &[Sink], kill_at: Option<f64>) -> Result<Vec<Asked>, Error> {
        let products: Vec<String> = sinks.iter().map(ToString::to_string).collect();
        // Each endpoint that does well is told as much, whoever else there is.
        let share = |whole: u64| whole * sinks.len() as u64 / u64::from(WELL);
        let count = share(self.args.notifications);
        let rate = self.args.rate.map(|rate| share(rate.into()));
        let well = self.args.notifications;
        self.output.note(format!(
            "asking for {count} notifications of {} endpoints",
            sinks.len()
        ));
        let before = self.listener.arrived();
        let asking = asking::ask(self.place, &products, count, rate);
        let telling = self
            .telling
            .until(self.listener, before + well, kill_at, self.output);
        let (asked, told) = tokio::join!(asking, telling);
        told?;
        let mut asked = asked?;
        let is_well = |asked: &Asked| {
            let kind = asked.product.split('-').next().unwrap_or_default();
            kind.parse() == Ok(Kind::Well)
        };
        asked.retain(is_well);
        Ok(asked)
    }
}
