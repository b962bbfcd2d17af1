//! What a fact says of why it was concluded, in words that are safe to show: names of rules, of
//! targets, of reasons. Texts that people wrote are left out, whatever they say.

use std::borrow::Cow;

use posthouse_domain::ticket::Body;

use super::{Span, names};

/// Says of a span why `body` was concluded.
pub fn explain(span: &mut Span, body: &Body) {
    let (rule, reason) = why(body);
    if let Some(rule) = rule.filter(|rule| !rule.is_empty()) {
        span.set(names::RULE, rule.to_owned());
    }
    if let Some(reason) = reason.filter(|reason| !reason.is_empty()) {
        span.set(names::REASON, reason.into_owned());
    }
}

/// The rule, and the reason.
fn why(body: &Body) -> (Option<&str>, Option<Cow<'_, str>>) {
    match body {
        Body::Routed(routed) => (Some(&routed.rule), None),
        Body::Classified(labels) => {
            let category = labels.reasons.iter().find(|it| it.field == "category");
            (category.map(|it| it.rule.as_str()), None)
        }
        Body::Timed(timed) => (Some(&timed.sla), Some(timed.why.as_str().into())),
        Body::TargetWarned(warned) => (None, Some(warned.target.as_str().into())),
        Body::TargetBreached(breached) => (None, Some(breached.target.as_str().into())),
        Body::TargetAtRisk(risk) => (None, Some(risk.target.as_str().into())),
        Body::Escalated(up) => (Some(&up.ladder), Some(up.target.as_str().into())),
        Body::CompensationAccrued(due) => (Some(&due.rule), Some(due.target.as_str().into())),
        Body::NotificationRequested(asked) => {
            (Some(&asked.rule), Some(asked.about.as_str().into()))
        }
        Body::NotificationSuppressed(muted) => (Some(&muted.rule), None),
        Body::NotificationFailed(failed) => (None, code(&failed.error).map(Cow::Borrowed)),
        Body::Folded(folded) => (Some(&folded.rule), None),
        Body::Requeued(requeued) => (None, Some(requeued.reason.as_str().into())),
        Body::Offered(offered) => (Some(&offered.choice.order), None),
        _ => (None, None),
    }
}

/// The stable code near the beginning of an error, as `NTF0004` in `post: NTF0004: the ...`.
fn code(error: &str) -> Option<&str> {
    let is_code = |word: &&str| {
        let (family, number) = word.as_bytes().split_at(word.len().min(3));
        number.len() == 4
            && family.iter().all(u8::is_ascii_uppercase)
            && number.iter().all(u8::is_ascii_digit)
    };
    error.split(": ").take(2).find(is_code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_codes_are_taken_from_errors() {
        assert_eq!(
            code("NTF0008: the policy has no such receiver"),
            Some("NTF0008")
        );
        assert_eq!(code("post: NTF0007: no answer: timed out"), Some("NTF0007"));
        assert_eq!(code("zhang@example.com: no such mailbox"), None);
        assert_eq!(code("éé1: x"), None);
        assert_eq!(code("timed out"), None);
    }
}
