//! Properties of the fold: they must hold for every log, however strange.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use posthouse_domain::ids::Uuid;
use posthouse_domain::ticket::{Body, Fact, FactKind, Ticket, Verdict};
use posthouse_domain::{FactId, TicketId, Timestamp};
use posthouse_testkit::strategies;
use proptest::prelude::*;
use proptest::sample::Index;

const TICKET: TicketId = TicketId(Uuid::from_u128(1));

/// A log of one ticket: its opening, then anything.
fn log() -> impl Strategy<Value = Vec<Fact>> {
    let rest = prop::collection::vec(strategies::fact(), 0..40);
    (strategies::fact_of(FactKind::Opened), rest).prop_map(|(opened, rest)| {
        let facts = std::iter::once(opened).chain(rest);
        facts
            .map(|fact| Fact {
                ticket: TICKET,
                ..fact
            })
            .collect()
    })
}

fn at(index: usize) -> Timestamp {
    Timestamp::from_millis(1_000 * i64::try_from(index).unwrap())
}

/// Folds facts that stand in the log at the given times.
fn fold(log: &[(Timestamp, Fact)]) -> Ticket {
    let (first_at, first) = &log[0];
    let mut ticket = Ticket::open(first, *first_at).unwrap();
    for (at, fact) in &log[1..] {
        ticket.apply(fact, *at);
    }
    ticket
}

fn timed(log: Vec<Fact>) -> Vec<(Timestamp, Fact)> {
    log.into_iter()
        .enumerate()
        .map(|(index, fact)| (at(index), fact))
        .collect()
}

/// The same conclusion under another identity, as an owner of other days would name it.
fn zombie_of(fact: &Fact) -> Option<Fact> {
    let is_derived = matches!(
        fact.body,
        Body::Classified(_)
            | Body::Routed(_)
            | Body::Timed(_)
            | Body::TargetBreached(_)
            | Body::InfoRequested(_)
            | Body::Folded(_)
    );
    let id = FactId(Uuid::from_u128(fact.id.0.as_u128() ^ 1));
    // Without a cause the identity itself is the natural key.
    (is_derived && fact.cause.is_some()).then(|| Fact { id, ..fact.clone() })
}

proptest! {
    #[test]
    fn repeats_and_zombies_change_nothing(
        log in log(),
        extra in prop::collection::vec((any::<Index>(), any::<Index>(), any::<bool>()), 0..20),
    ) {
        let clean = timed(log);
        let mut noisy = clean.clone();
        for (which, place, as_zombie) in extra {
            let original = which.index(noisy.len());
            let fact = noisy[original].1.clone();
            let repeat = if as_zombie { zombie_of(&fact).unwrap_or(fact) } else { fact };
            let place = original + 1 + place.index(noisy.len() - original);
            let time = noisy[place - 1].0;
            noisy.insert(place, (time, repeat));
        }
        let (mut expected, mut folded) = (fold(&clean), fold(&noisy));
        prop_assert!(folded.void >= expected.void);
        (expected.void, folded.void) = (0, 0);
        prop_assert_eq!(expected, folded);
    }

    #[test]
    fn a_snapshot_anywhere_goes_on_as_if_there_were_none(log in log(), cut in any::<Index>()) {
        let log = timed(log);
        let cut = 1 + cut.index(log.len());
        let saved = serde_json::to_vec(&fold(&log[..cut])).unwrap();
        let mut restored: Ticket = serde_json::from_slice(&saved).unwrap();
        for (at, fact) in &log[cut..] {
            restored.apply(fact, *at);
        }
        prop_assert_eq!(restored, fold(&log));
    }

    #[test]
    fn judging_says_what_applying_does(log in log()) {
        let log = timed(log);
        let mut ticket = fold(&log[..1]);
        for (at, fact) in &log[1..] {
            let (before, judged) = (ticket.clone(), ticket.judge(fact));
            match (judged, ticket.apply(fact, *at)) {
                (Ok(to), Verdict::Counted(from, then)) => {
                    prop_assert_eq!((from, then), (before.state(), to));
                    prop_assert_eq!(ticket.state(), to);
                }
                (Err(reason), Verdict::Void(void)) => {
                    prop_assert_eq!(reason, void);
                    prop_assert_eq!(&ticket.features, &before.features);
                }
                (judged, applied) => prop_assert!(false, "{:?} but {:?}", judged, applied),
            }
        }
    }

    #[test]
    fn only_an_opening_opens(fact in strategies::fact()) {
        let opened = Ticket::open(&fact, at(0));
        prop_assert_eq!(opened.is_ok(), fact.body.kind() == FactKind::Opened);
    }
}
