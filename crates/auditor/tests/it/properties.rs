//! What holds of every log.

use std::collections::BTreeMap;

use posthouse_auditor::{Auditor, Message, Outside};
use proptest::prelude::*;

use crate::clean::{outside, story};
use crate::log::{Entry, What};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// No input makes it panic, and every message under a fact's subject is counted.
    #[test]
    fn any_bytes_under_any_subject(messages in prop::collection::vec((0_usize..8, prop::collection::vec(any::<u8>(), 0..64), any::<i64>()), 0..40)) {
        let subjects = ["opened", "replied", "timed", "dlq.router", "claim", "policy_activated", "nonsense", "notified.00"];
        let mut auditor = Auditor::new();
        let mut facts = 0;
        for (sequence, (kind, payload, at)) in messages.iter().enumerate() {
            let subject = format!("ph.r1.00.{}", subjects[*kind]);
            facts += u64::from(matches!(kind, 0..=2 | 7));
            auditor.read(&Message {
                stream: "s",
                sequence: sequence as u64 + 1,
                stored_at_ms: *at,
                subject: &subject,
                message_id: None,
                payload,
            });
        }
        auditor.policy("v", BTreeMap::new());
        let report = auditor.finish(&Outside::default());
        prop_assert_eq!(report.facts + report.unreadable, facts);
    }

    /// Repeats of whatever, wherever they stand behind the first, change no verdict.
    #[test]
    fn repeats_change_nothing(picks in prop::collection::vec((0_usize..17, 0_usize..40), 0..10)) {
        let mut log = story();
        let facts: Vec<usize> = (0..log.entries.len())
            .filter(|at| matches!(log.entries[*at].what, What::Fact(_)))
            .collect();
        let mut repeats: Vec<(usize, Entry)> = Vec::new();
        for (pick, behind) in picks {
            let place = facts[pick % facts.len()];
            let to = (place + 1 + behind).min(log.entries.len());
            let mut entry = log.entries[place].clone();
            entry.stored_at = log.entries[to - 1].stored_at;
            repeats.push((to, entry));
        }
        let count = repeats.len() as u64;
        repeats.sort_by_key(|(to, _)| std::cmp::Reverse(*to));
        for (to, entry) in repeats {
            log.entries.insert(to, entry);
        }
        let outside = outside(&mut log);
        let report = log.audit(&outside);
        prop_assert_eq!(report.first_violation(), None);
        prop_assert_eq!(report.void, count);
    }

    /// Whichever fact is taken away, the judge speaks.
    #[test]
    fn every_loss_is_found(nth in 0_usize..17) {
        let mut log = story();
        let outside = outside(&mut log);
        let facts: Vec<usize> = (0..log.entries.len())
            .filter(|at| matches!(log.entries[*at].what, What::Fact(_)))
            .collect();
        let place = facts[nth];
        log.entries.remove(place);
        let report = log.audit(&outside);
        prop_assert!(report.is_broken(), "{}: {:#?}", nth, report);
    }
}
