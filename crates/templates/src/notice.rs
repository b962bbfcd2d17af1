//! What is told, before it takes the form of a channel.

use posthouse_domain::ticket::NotificationRequested;

/// What is told, in one language, without markup.
///
/// Values in it may stand between isolation marks (U+2068 and U+2069), so that a number or a
/// name keeps its direction in a sentence that runs the other way. Each form does with them what
/// it can.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notice {
    /// The language it is written in, BCP 47; empty where it is not known.
    pub language: String,
    /// One line.
    pub subject: String,
    /// What happened, and what the reader can do; paragraphs are parted by an empty line.
    pub text: String,
    /// What else is known, by name.
    pub fields: Vec<Field>,
    /// What the reader can do by following an address.
    pub links: Vec<Link>,
}

/// One thing that is known, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// What it is, in the notice's language.
    pub label: String,
    /// The value.
    pub value: String,
}

/// Something that the reader can do by following an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What it does, in the notice's language.
    pub label: String,
    /// The address: `https:` or `http:`, already encoded.
    pub url: String,
}

impl Notice {
    /// What a request says, with links that are made for it when it is sent: they are signed,
    /// and signatures have no place in the log.
    #[must_use]
    pub fn of(request: &NotificationRequested, links: Vec<Link>) -> Self {
        let fields = request.fields.iter().map(|field| Field {
            label: field.label.clone(),
            value: field.value.clone(),
        });
        Self {
            language: request.language.clone(),
            subject: request.title.clone(),
            text: request.text.clone(),
            fields: fields.collect(),
            links,
        }
    }
}
