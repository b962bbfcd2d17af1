//! What was found out about a ticket: labels, questions, corrections, incidents.

use posthouse_domain::limits::{
    CHOICES_MAX, KEY_BYTES_MAX, PERSONAL_SPANS_MAX, QUESTIONS_MAX, SIGNALS_MAX, SIMILAR_MAX,
    TAGS_MAX,
};
use posthouse_domain::ticket::{
    Classified, Corrected, Folded, InfoRequested, Labels, PersonalSpan, Question, Reason, Signal,
    SimilarTicket, Unfolded,
};

use crate::enums;
use crate::error::Error;
use crate::path::Path;
use crate::read::{
    at_most, key, narrow, optional_word, prose, required_key, required_word, unreadable,
};
use crate::v1;
use crate::values::{Travels, bounded, keys, list, required, write_list};

/// All of it, in thousandths.
const PERMILLE_MAX: u16 = 1_000;

impl Travels for Classified {
    type Wire = v1::Classified;

    fn write(&self) -> v1::Classified {
        v1::Classified {
            features: Some(self.features.write()),
            missing: self.missing.clone(),
            confidence_permille: self.confidence_permille.into(),
            model: self.model.clone(),
            reasons: write_list(&self.reasons),
            personal: write_list(&self.personal),
            similar: write_list(&self.similar),
            signals: write_list(&self.signals),
        }
    }

    fn read(wire: v1::Classified, at: &Path<'_>) -> Result<Self, Error> {
        let confidence = at.field("confidence_permille");
        let personal = at.field("personal");
        Ok(Self {
            features: required(wire.features, &at.field("features"))?,
            missing: keys(wire.missing, &at.field("missing"), TAGS_MAX)?,
            confidence_permille: narrow(wire.confidence_permille, &confidence, PERMILLE_MAX)?,
            model: key(wire.model, &at.field("model"))?,
            reasons: list(wire.reasons, &at.field("reasons"))?,
            personal: bounded(wire.personal, &personal, PERSONAL_SPANS_MAX)?,
            similar: bounded(wire.similar, &at.field("similar"), SIMILAR_MAX)?,
            signals: bounded(wire.signals, &at.field("signals"), SIGNALS_MAX)?,
        })
    }
}

impl Travels for Reason {
    type Wire = v1::Reason;

    fn write(&self) -> v1::Reason {
        v1::Reason {
            field: self.field.clone(),
            value: self.value.clone(),
            rule: self.rule.clone(),
            evidence: self.evidence.clone(),
        }
    }

    fn read(wire: v1::Reason, at: &Path<'_>) -> Result<Self, Error> {
        Ok(Self {
            field: key(wire.field, &at.field("field"))?,
            value: prose(wire.value, &at.field("value"))?,
            rule: key(wire.rule, &at.field("rule"))?,
            evidence: prose(wire.evidence, &at.field("evidence"))?,
        })
    }
}

impl Travels for PersonalSpan {
    type Wire = v1::PersonalSpan;

    fn write(&self) -> v1::PersonalSpan {
        v1::PersonalSpan {
            kind: self.kind.clone(),
            field: self.field.clone(),
            start: self.start,
            end: self.end,
        }
    }

    fn read(wire: v1::PersonalSpan, at: &Path<'_>) -> Result<Self, Error> {
        let (start, end) = (wire.start, wire.end);
        if end < start {
            let why = format!("it ends at {end}, before it begins at {start}");
            return Err(unreadable(&at.field("end"), why));
        }
        Ok(Self {
            kind: required_key(wire.kind, &at.field("kind"))?,
            field: required_key(wire.field, &at.field("field"))?,
            start,
            end,
        })
    }
}

impl Travels for SimilarTicket {
    type Wire = v1::SimilarTicket;

    fn write(&self) -> v1::SimilarTicket {
        v1::SimilarTicket {
            ticket_id: self.ticket.to_string(),
            number: self.number.clone(),
            score_permille: self.score_permille.into(),
        }
    }

    fn read(wire: v1::SimilarTicket, at: &Path<'_>) -> Result<Self, Error> {
        let score = at.field("score_permille");
        Ok(Self {
            ticket: required_word(&wire.ticket_id, &at.field("ticket_id"))?,
            number: key(wire.number, &at.field("number"))?,
            score_permille: narrow(wire.score_permille, &score, PERMILLE_MAX)?,
        })
    }
}

impl Travels for Signal {
    type Wire = v1::Signal;

    fn write(&self) -> v1::Signal {
        v1::Signal {
            key: self.key.clone(),
            evidence: self.evidence.clone(),
        }
    }

    fn read(wire: v1::Signal, at: &Path<'_>) -> Result<Self, Error> {
        Ok(Self {
            key: required_key(wire.key, &at.field("key"))?,
            evidence: prose(wire.evidence, &at.field("evidence"))?,
        })
    }
}

impl Travels for InfoRequested {
    type Wire = v1::InfoRequested;

    fn write(&self) -> v1::InfoRequested {
        v1::InfoRequested {
            language: self.language.clone(),
            text: self.text.clone(),
            questions: write_list(&self.questions),
            pauses_clocks: self.pauses_clocks,
        }
    }

    fn read(wire: v1::InfoRequested, at: &Path<'_>) -> Result<Self, Error> {
        Ok(Self {
            language: key(wire.language, &at.field("language"))?,
            text: prose(wire.text, &at.field("text"))?,
            questions: bounded(wire.questions, &at.field("questions"), QUESTIONS_MAX)?,
            pauses_clocks: wire.pauses_clocks,
        })
    }
}

impl Travels for Question {
    type Wire = v1::Question;

    fn write(&self) -> v1::Question {
        v1::Question {
            key: self.key.clone(),
            text: self.text.clone(),
            choices: self.choices.clone(),
        }
    }

    fn read(wire: v1::Question, at: &Path<'_>) -> Result<Self, Error> {
        Ok(Self {
            key: required_key(wire.key, &at.field("key"))?,
            text: prose(wire.text, &at.field("text"))?,
            choices: keys(wire.choices, &at.field("choices"), CHOICES_MAX)?,
        })
    }
}

impl Travels for Corrected {
    type Wire = v1::Corrected;

    fn write(&self) -> v1::Corrected {
        v1::Corrected {
            labels: Some(write_labels(&self.labels)),
            note: self.note.clone(),
        }
    }

    fn read(wire: v1::Corrected, at: &Path<'_>) -> Result<Self, Error> {
        let labels = read_labels(wire.labels.unwrap_or_default(), &at.field("labels"))?;
        at_most_keys(&labels, &at.field("labels"))?;
        Ok(Self {
            labels,
            note: prose(wire.note, &at.field("note"))?,
        })
    }
}

impl Travels for Folded {
    type Wire = v1::Folded;

    fn write(&self) -> v1::Folded {
        v1::Folded {
            incident_id: self.incident.to_string(),
            number: self.number.clone(),
            score_permille: self.score_permille.into(),
            rule: self.rule.clone(),
        }
    }

    fn read(wire: v1::Folded, at: &Path<'_>) -> Result<Self, Error> {
        let score = at.field("score_permille");
        Ok(Self {
            incident: required_word(&wire.incident_id, &at.field("incident_id"))?,
            number: key(wire.number, &at.field("number"))?,
            score_permille: narrow(wire.score_permille, &score, PERMILLE_MAX)?,
            rule: key(wire.rule, &at.field("rule"))?,
        })
    }
}

impl Travels for Unfolded {
    type Wire = v1::Unfolded;

    fn write(&self) -> v1::Unfolded {
        let incident = self.incident.map(|incident| incident.to_string());
        v1::Unfolded {
            incident_id: incident.unwrap_or_default(),
            reason: self.reason.clone(),
        }
    }

    fn read(wire: v1::Unfolded, at: &Path<'_>) -> Result<Self, Error> {
        Ok(Self {
            incident: optional_word(&wire.incident_id, &at.field("incident_id"))?,
            reason: prose(wire.reason, &at.field("reason"))?,
        })
    }
}

/// Labels as they travel, in facts and in commands.
pub(crate) fn write_labels(labels: &Labels) -> v1::Labels {
    let tags = labels.tags.clone();
    v1::Labels {
        category: labels.category.clone().unwrap_or_default(),
        kind: labels.kind.clone().unwrap_or_default(),
        severity: enums::write_optional(labels.severity),
        sentiment: enums::write_optional(labels.sentiment),
        language: labels.language.clone().unwrap_or_default(),
        tags: tags.map(|tags| v1::Tags { tags }),
    }
}

/// Labels of any size; empty words are not spoken of.
pub(crate) fn read_labels(wire: v1::Labels, at: &Path<'_>) -> Result<Labels, Error> {
    let spoken_of = |word: String| (!word.is_empty()).then_some(word);
    Ok(Labels {
        category: spoken_of(wire.category),
        kind: spoken_of(wire.kind),
        severity: enums::optional(wire.severity, &at.field("severity"))?,
        sentiment: enums::optional(wire.sentiment, &at.field("sentiment"))?,
        language: spoken_of(wire.language),
        tags: wire.tags.map(|tags| tags.tags),
    })
}

/// Refuses labels beyond their limits. Of commands that is told in words for the sender.
fn at_most_keys(labels: &Labels, at: &Path<'_>) -> Result<(), Error> {
    for (field, word) in [
        ("category", &labels.category),
        ("kind", &labels.kind),
        ("language", &labels.language),
    ] {
        let bytes = word.as_ref().map_or(0, String::len);
        at_most(&at.field(field), bytes, "bytes", KEY_BYTES_MAX)?;
    }
    let tags = labels.tags.clone().unwrap_or_default();
    keys(tags, &at.field("tags"), TAGS_MAX)?;
    Ok(())
}
