//! The life of one ticket, as the people around it live it: some of what happens to it makes
//! sense, and some does not.

use std::sync::Arc;
use std::time::Duration;

use posthouse_domain::TicketId;
use posthouse_domain::command::{CommandBody, Opening};
use posthouse_domain::ticket::{Actor, ActorKind, Progress, Severity};
use tokio::time::{sleep, sleep_until};

use super::Outside;
use crate::commands;
use crate::dice::Dice;

/// What tickets are about: subject and body.
const PROBLEMS: &[(&str, &str)] = &[
    (
        "Production is down",
        "The cluster does not answer since 9:00, all our users are affected.",
    ),
    (
        "数据库连接失败",
        "今天早上开始数据库无法连接，业务中断，请尽快处理。",
    ),
    (
        "Question about the invoice",
        "Why was I billed twice for March?",
    ),
    ("控制台登录很慢", "登录控制台需要一分钟以上。"),
    (
        "API returns 500",
        "POST /v1/instances fails with error 500, about one call in ten.",
    ),
    (
        "Complaint",
        "Nobody has called me back for a week. This is not acceptable.",
    ),
    (
        "Please raise our quota",
        "We need 200 more instances in cn-north by Friday.",
    ),
];

/// Opens a ticket at its time and lives its life.
pub(crate) async fn live(outside: Arc<Outside>, number: u64) {
    let seed = outside.world.plan.seed;
    let mut dice = Dice::of(seed, &format!("ticket {number}"));
    let faults_end = outside.world.plan.faults_end;
    let open_at = faults_end.mul_f64(0.7).mul_f64(fraction(&mut dice));
    sleep_until(outside.world.at(open_at)).await;
    let body = CommandBody::Open(opening(&mut dice));
    let opened = outside
        .send(&mut dice, &format!("t{number}"), None, body)
        .await;
    let Some(ticket) = opened else { return };
    // Whoever goes on with a ticket has seen it: while its opening waits in an outbox, nobody but
    // that intake knows of it, and what overtakes it is void.
    let region = outside.world.topology.subjects.region();
    let opening = commands::opened_fact(region, ticket).to_string();
    while !outside.world.is_stored(&opening) {
        sleep(Duration::from_millis(500)).await;
    }
    for step in 0..dice.between(0, 8) {
        sleep(dice.millis(100, 12_000)).await;
        if outside.world.elapsed() > faults_end {
            return;
        }
        let (actor, body) = next(&mut dice, ticket);
        let name = format!("t{number}-{step}");
        outside.send(&mut dice, &name, actor, body).await;
    }
}

fn fraction(dice: &mut Dice) -> f64 {
    f64::from(u32::try_from(dice.below(1_000)).unwrap_or(0)) / 1_000.0
}

fn opening(dice: &mut Dice) -> Opening {
    let (subject, body) = *dice.pick(PROBLEMS);
    Opening {
        customer: format!("c-{}", dice.below(5)),
        subject: subject.to_owned(),
        body: body.to_owned(),
        severity: *dice.pick(&[
            None,
            Some(Severity::P0),
            Some(Severity::P1),
            Some(Severity::P2),
            Some(Severity::P3),
        ]),
        tier: (*dice.pick(&["", "", "standard", "gold"])).to_owned(),
        channel: (*dice.pick(&["", "portal", "email"])).to_owned(),
        ..Opening::default()
    }
}

/// What happens next to a ticket, likely or not.
fn next(dice: &mut Dice, ticket: TicketId) -> (Option<Actor>, CommandBody) {
    let ticket = ticket.to_string();
    let agent = Some(Actor {
        kind: ActorKind::Agent,
        name: format!("a-{}", dice.below(3)),
    });
    let text = format!("words {}", dice.below(1_000));
    match dice.below(12) {
        0 | 1 => (
            None,
            CommandBody::Reply {
                ticket,
                text,
                awaits_customer: false,
            },
        ),
        2 | 3 => (
            agent,
            CommandBody::Reply {
                ticket,
                text,
                awaits_customer: dice.strikes(500),
            },
        ),
        4 | 5 => (
            agent,
            CommandBody::Assign {
                ticket,
                agent: format!("a-{}", dice.below(3)),
            },
        ),
        6 | 7 => (
            agent,
            CommandBody::Progress {
                ticket,
                to: *dice.pick(&[
                    Progress::InProgress,
                    Progress::WaitingOnCustomer,
                    Progress::WaitingOnThirdParty,
                ]),
                reason: text,
            },
        ),
        8 | 9 => (
            agent,
            CommandBody::Resolve {
                ticket,
                summary: text,
            },
        ),
        10 => (
            None,
            CommandBody::Reopen {
                ticket,
                reason: text,
            },
        ),
        _ => (
            agent,
            CommandBody::Close {
                ticket,
                reason: text,
            },
        ),
    }
}
