//! What JetStream answers, and what it means to us.

use posthouse_bus::{Error, limits};
use serde::Deserialize;

/// JetStream's own error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Failure {
    /// As in HTTP.
    #[serde(default)]
    pub(super) code: u64,
    /// What exactly.
    #[serde(default)]
    pub(super) err_code: u64,
    #[serde(default)]
    pub(super) description: String,
}

/// An answer of the JetStream API.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Answer<T> {
    /// It will not.
    Failed {
        /// Why.
        error: Failure,
    },
    /// It did.
    Done(T),
}

/// JetStream's codes that mean more to us than "no".
pub(super) mod code {
    pub(crate) const CONSUMER_NOT_FOUND: u64 = 10_014;
    pub(crate) const NO_MESSAGE_FOUND: u64 = 10_037;
    pub(crate) const STREAM_NOT_FOUND: u64 = 10_059;
    pub(crate) const MESSAGE_TOO_LARGE: u64 = 10_054;
    pub(crate) const WRONG_LAST_SEQUENCE: u64 = 10_071;
    pub(crate) const WRONG_LAST_SEQUENCE_IN_FLIGHT: u64 = 10_164;
    /// An earlier attempt at the same message is being stored, and may yet fail.
    pub(crate) const DUPLICATE_IN_PROCESS: u64 = 10_158;
    /// The server that was asked does not lead any more.
    pub(crate) const NOT_LEADER: u64 = 10_009;
    pub(crate) const NOT_ENABLED: [u64; 2] = [10_039, 10_076];
    pub(crate) const RESOURCES_EXCEEDED: [u64; 3] = [10_002, 10_023, 10_047];
}

impl Failure {
    /// The failure of an attempt at `doing`, which is about `what` and carried `bytes`.
    pub(super) fn into_error(self, doing: &str, what: &str, bytes: usize) -> Error {
        match self.err_code {
            code::CONSUMER_NOT_FOUND | code::NO_MESSAGE_FOUND | code::STREAM_NOT_FOUND => {
                Error::NotFound(what.to_owned())
            }
            code::WRONG_LAST_SEQUENCE | code::WRONG_LAST_SEQUENCE_IN_FLIGHT => {
                Error::Conflict(what.to_owned())
            }
            code::MESSAGE_TOO_LARGE => Error::TooLarge {
                bytes,
                bytes_max: limits::MESSAGE_BYTES_MAX,
            },
            _ if self.is_passing() => {
                Error::Unavailable(format!("{doing}: {} ({})", self.description, self.err_code))
            }
            _ => Error::Refused {
                doing: doing.to_owned(),
                code: self.err_code,
                why: self.description,
            },
        }
    }

    /// Whether the server means "not now".
    fn is_passing(&self) -> bool {
        if matches!(self.err_code, code::DUPLICATE_IN_PROCESS | code::NOT_LEADER) {
            return true;
        }
        self.code == 503
            && !code::NOT_ENABLED.contains(&self.err_code)
            && !code::RESOURCES_EXCEEDED.contains(&self.err_code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(code: u64, err_code: u64) -> &'static str {
        let failure = Failure {
            code,
            err_code,
            description: "why".into(),
        };
        failure.into_error("do", "it", 1).code()
    }

    #[test]
    fn failures_have_a_meaning() {
        assert_eq!(told(404, 10_059), "BUS0004");
        assert_eq!(told(404, 10_014), "BUS0004");
        assert_eq!(told(400, 10_071), "BUS0003");
        assert_eq!(told(400, 10_164), "BUS0003");
        assert_eq!(told(400, 10_054), "BUS0005");
        assert_eq!(told(503, 10_008), "BUS0001");
        assert_eq!(told(409, 10_158), "BUS0001");
        assert_eq!(told(500, 10_009), "BUS0001");
        assert_eq!(told(503, 10_039), "BUS0002");
        assert_eq!(told(503, 10_023), "BUS0002");
        assert_eq!(told(400, 10_052), "BUS0002");
    }

    #[test]
    fn answers_are_told_apart() {
        let failed = r#"{"type":"x","error":{"code":404,"err_code":10059,"description":"gone"}}"#;
        let answer: Answer<serde_json::Value> = serde_json::from_str(failed).unwrap();
        assert!(matches!(answer, Answer::Failed { error } if error.err_code == 10_059));
        let answer: Answer<serde_json::Value> = serde_json::from_str(r#"{"seq":1}"#).unwrap();
        assert!(matches!(answer, Answer::Done(_)));
    }
}
