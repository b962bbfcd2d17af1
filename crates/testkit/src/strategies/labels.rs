//! What was found out about a ticket, arbitrary: labels, questions, corrections, incidents.

use posthouse_domain::ticket::{
    Classified, Corrected, Folded, InfoRequested, Labels, PersonalSpan, Question, Reason, Signal,
    SimilarTicket, Unfolded,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::{features, key, sentiment, severity, tags, text, ticket_id, word};

pub(super) fn classified() -> impl Strategy<Value = Classified> {
    let said = (features(), tags(), 0..=1_000_u16, word());
    let found = (
        vec(reason(), 0..4),
        vec(personal_span(), 0..4),
        vec(similar_ticket(), 0..4),
        vec(signal(), 0..4),
    );
    (said, found).prop_map(|(said, (reasons, personal, similar, signals))| {
        let (features, missing, confidence_permille, model) = said;
        Classified {
            features,
            missing,
            confidence_permille,
            model,
            reasons,
            personal,
            similar,
            signals,
        }
    })
}

pub(super) fn info_requested() -> impl Strategy<Value = InfoRequested> {
    (key(), text(), vec(question(), 1..4), any::<bool>()).prop_map(
        |(language, text, questions, pauses_clocks)| InfoRequested {
            language,
            text,
            questions,
            pauses_clocks,
        },
    )
}

pub(super) fn corrected() -> impl Strategy<Value = Corrected> {
    (labels(), text()).prop_map(|(labels, note)| Corrected { labels, note })
}

pub(super) fn folded() -> impl Strategy<Value = Folded> {
    (ticket_id(), word(), 0..=1_000_u16, key()).prop_map(
        |(incident, number, score_permille, rule)| Folded {
            incident,
            number,
            score_permille,
            rule,
        },
    )
}

pub(super) fn unfolded() -> impl Strategy<Value = Unfolded> {
    (option::of(ticket_id()), text()).prop_map(|(incident, reason)| Unfolded { incident, reason })
}

/// Some labels, at least one.
pub(super) fn labels() -> impl Strategy<Value = Labels> {
    let words = (option::of(key()), option::of(key()), option::of(key()));
    let measured = (option::of(severity()), option::of(sentiment()));
    (words, measured, option::of(tags()))
        .prop_map(|((category, kind, language), measured, tags)| Labels {
            category,
            kind,
            severity: measured.0,
            sentiment: measured.1,
            language,
            tags,
        })
        .prop_filter("at least one label", |labels| !labels.is_empty())
}

fn reason() -> impl Strategy<Value = Reason> {
    (key(), text(), key(), text()).prop_map(|(field, value, rule, evidence)| Reason {
        field,
        value,
        rule,
        evidence,
    })
}

fn personal_span() -> impl Strategy<Value = PersonalSpan> {
    (key(), key(), any::<u32>(), any::<u32>()).prop_map(|(kind, field, one, other)| PersonalSpan {
        kind,
        field,
        start: one.min(other),
        end: one.max(other),
    })
}

fn similar_ticket() -> impl Strategy<Value = SimilarTicket> {
    (ticket_id(), word(), 0..=1_000_u16).prop_map(|(ticket, number, score_permille)| {
        SimilarTicket {
            ticket,
            number,
            score_permille,
        }
    })
}

fn signal() -> impl Strategy<Value = Signal> {
    (key(), text()).prop_map(|(key, evidence)| Signal { key, evidence })
}

fn question() -> impl Strategy<Value = Question> {
    (key(), text(), vec(key(), 0..4)).prop_map(|(key, text, choices)| Question {
        key,
        text,
        choices,
    })
}
