//! The words for states and severities, in English and Chinese.

use posthouse_domain::ticket::{Engineering, Severity, State};

use super::error::{QueryError, cut};
use super::filter::Stage;
use super::nearest::hint;

const NEW: Stage = Stage::of(State::New);
const TRIAGED: Stage = Stage::of(State::Triaged);
const QUEUED: Stage = Stage::of(State::Queued);
const ASSIGNED: Stage = Stage::of(State::Assigned);
const IN_PROGRESS: Stage = Stage::of(State::InProgress);
const ON_CUSTOMER: Stage = Stage::of(State::WaitingOnCustomer);
const ON_THIRD_PARTY: Stage = Stage::of(State::WaitingOnThirdParty);
const RESOLVED: Stage = Stage::of(State::Resolved);
const CLOSED: Stage = Stage::of(State::Closed);

/// Each word with the stages it means. Documented in `docs/cli.md`.
const STAGES: &[(&str, &[Stage])] = &[
    ("new", &[NEW]),
    ("triaged", &[TRIAGED]),
    ("queued", &[QUEUED]),
    ("assigned", &[ASSIGNED]),
    ("in_progress", &[IN_PROGRESS]),
    ("waiting_on_customer", &[ON_CUSTOMER]),
    ("waiting_on_third_party", &[ON_THIRD_PARTY]),
    ("resolved", &[RESOLVED]),
    ("closed", &[CLOSED]),
    ("developing", &[Stage::step(Engineering::Developing)]),
    ("testing", &[Stage::step(Engineering::Testing)]),
    ("verifying", &[Stage::step(Engineering::Verifying)]),
    // Everything that waits for us.
    ("pending", &[NEW, TRIAGED, QUEUED]),
    // Everything that a person has in hand.
    ("processing", &[ASSIGNED, IN_PROGRESS]),
    ("waiting", &[ON_CUSTOMER, ON_THIRD_PARTY]),
    ("open", OPEN),
    ("unresolved", OPEN),
    ("done", &[RESOLVED, CLOSED]),
    ("新建", &[NEW]),
    ("已分类", &[TRIAGED]),
    ("排队中", &[QUEUED]),
    ("已分配", &[ASSIGNED]),
    ("已指派", &[ASSIGNED]),
    ("进行中", &[IN_PROGRESS]),
    ("等待客户", &[ON_CUSTOMER]),
    ("待客户回复", &[ON_CUSTOMER]),
    ("等待第三方", &[ON_THIRD_PARTY]),
    ("已解决", &[RESOLVED]),
    ("已关闭", &[CLOSED]),
    ("开发中", &[Stage::step(Engineering::Developing)]),
    ("测试中", &[Stage::step(Engineering::Testing)]),
    ("验证中", &[Stage::step(Engineering::Verifying)]),
    ("待处理", &[NEW, TRIAGED, QUEUED]),
    ("处理中", &[ASSIGNED, IN_PROGRESS]),
    ("等待中", &[ON_CUSTOMER, ON_THIRD_PARTY]),
    ("未解决", OPEN),
    ("已完成", &[RESOLVED, CLOSED]),
];

const OPEN: &[Stage] = &[
    NEW,
    TRIAGED,
    QUEUED,
    ASSIGNED,
    IN_PROGRESS,
    ON_CUSTOMER,
    ON_THIRD_PARTY,
];

const SEVERITIES: &[(&str, Severity)] = &[
    ("p0", Severity::P0),
    ("p1", Severity::P1),
    ("p2", Severity::P2),
    ("p3", Severity::P3),
    ("紧急", Severity::P0),
    ("高", Severity::P1),
    ("中", Severity::P2),
    ("低", Severity::P3),
];

/// The stages that a word means.
///
/// # Errors
///
/// [`QueryError::UnknownWord`] with the nearest word.
pub(super) fn stages(word: &str) -> Result<&'static [Stage], QueryError> {
    let plain = plain(word);
    STAGES
        .iter()
        .find(|(known, _)| *known == plain)
        .map(|(_, stages)| *stages)
        .ok_or_else(|| {
            let named: Vec<&str> = State::ALL.into_iter().map(State::as_str).collect();
            let hint = hint(&plain, STAGES.iter().map(|(known, _)| *known), &named);
            QueryError::UnknownWord {
                key: "state",
                word: cut(word),
                hint,
            }
        })
}

/// The severity that a word means.
///
/// # Errors
///
/// [`QueryError::UnknownWord`] with the known words.
pub(super) fn severity(word: &str) -> Result<Severity, QueryError> {
    let plain = plain(word);
    SEVERITIES
        .iter()
        .find(|(known, _)| *known == plain)
        .map(|(_, severity)| *severity)
        .ok_or_else(|| {
            let hint = "want one of P0, P1, P2, P3".to_owned();
            QueryError::UnknownWord {
                key: "severity",
                word: cut(word),
                hint,
            }
        })
}

/// Whether a word is one for a state: what to say when the key was left out.
pub(super) fn is_stage(word: &str) -> bool {
    stages(word).is_ok()
}

/// Whether a word is one for a severity.
pub(super) fn is_severity(word: &str) -> bool {
    severity(word).is_ok()
}

fn plain(word: &str) -> String {
    word.trim().to_lowercase().replace(['-', ' '], "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_its_own_word() {
        for state in State::ALL {
            assert_eq!(stages(state.as_str()).unwrap(), [Stage::of(state)]);
        }
    }

    #[test]
    fn no_word_means_two_things() {
        for (index, (word, _)) in STAGES.iter().enumerate() {
            assert!(
                STAGES[index + 1..].iter().all(|(other, _)| other != word),
                "{word}"
            );
        }
    }

    #[test]
    fn open_is_what_is_neither_resolved_nor_closed() {
        let open: Vec<State> = OPEN.iter().map(|stage| stage.state).collect();
        for state in State::ALL {
            assert_eq!(open.contains(&state), state.is_open(), "{state}");
        }
    }
}
