//! What the doctor finds.

use serde::Serialize;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Grade {
    /// As it should be.
    Ok,
    /// It works, but not for ever or not for everybody.
    Warn,
    /// It does not work.
    Problem,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    /// What was looked at.
    pub(super) what: String,
    /// How bad it is.
    pub(super) grade: Grade,
    /// What was found.
    pub(super) found: String,
    /// What to do about it.
    pub(super) advice: Option<String>,
}

impl Finding {
    /// Something that is as it should be.
    pub(super) fn ok(what: impl Into<String>, found: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            grade: Grade::Ok,
            found: found.into(),
            advice: None,
        }
    }

    /// Something to look after.
    pub(super) fn warn(
        what: impl Into<String>,
        found: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        let advice = Some(advice.into());
        Self {
            what: what.into(),
            grade: Grade::Warn,
            found: found.into(),
            advice,
        }
    }

    /// Something that does not work.
    pub(super) fn problem(
        what: impl Into<String>,
        found: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        let advice = Some(advice.into());
        Self {
            what: what.into(),
            grade: Grade::Problem,
            found: found.into(),
            advice,
        }
    }
}
