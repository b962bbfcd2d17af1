//! E-mail: one message with a text and an HTML part.
//!
//! Threading: every message about a ticket refers to the same root, a message identity made of
//! the ticket, so mail programs show them as one conversation although the root was never sent.
//! Replies go to an address that names the ticket behind a `+`, and is signed
//! (`posthouse_templates::reply`), where the deployment has keys for that.
//!
//! Its identity is that of the request, the same for every attempt: whoever files mail by
//! `Message-ID` keeps one of two. It says of itself that it was made by a machine (RFC 3834), so
//! that absence notes do not answer it.

use std::time::{Duration, UNIX_EPOCH};

use lettre::Message;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder, MultiPart, MultiPartKind, SinglePart};
use posthouse_domain::Timestamp;
use posthouse_domain::notify::{Email, Secret};

use super::{Adapter, Answer, Call, Error, Keys, Mail};
use crate::parcel::Parcel;

/// A letter to its mailboxes.
pub(super) struct Letter<'a>(pub(super) &'a Email);

impl Adapter for Letter<'_> {
    fn secrets(&self) -> Vec<&Secret> {
        let login = self.0.relay.login.iter();
        login.map(|login| &login.password).collect()
    }

    fn prepare(&self, parcel: &Parcel, keys: &Keys, now: Timestamp) -> Result<Call, Error> {
        let message = self.message(parcel, now)?;
        let password = self.0.relay.login.as_ref();
        Ok(Call::Mail(Box::new(Mail {
            relay: self.0.relay.clone(),
            password: password.map(|login| keys.of(&login.password).to_owned()),
            envelope: message.envelope().clone(),
            message: message.formatted(),
        })))
    }

    /// What the reply codes of RFC 5321 mean: 5yz for good, 4yz for now.
    fn judge(&self, answer: &Answer) -> Result<String, Error> {
        match answer.status {
            200..=299 => Ok(format!("SMTP {} {}", answer.status, answer.beginning())),
            500..=599 => Err(answer.rejected()),
            _ => Err(answer.refused()),
        }
    }
}

impl Letter<'_> {
    fn message(&self, parcel: &Parcel, now: Timestamp) -> Result<Message, Error> {
        let from = mailbox(&self.0.from)?;
        let host = from.email.domain().to_owned();
        let root = format!("<ticket.{}@{host}>", parcel.ticket());
        let sent = u64::try_from(now.as_millis()).unwrap_or_default();
        let mut builder = Message::builder()
            .from(from)
            .subject(&parcel.rendered().subject)
            .date(UNIX_EPOCH + Duration::from_millis(sent))
            .message_id(Some(format!("<{}@{host}>", parcel.id())))
            .in_reply_to(root.clone())
            .references(root);
        for to in &self.0.to {
            builder = builder.to(mailbox(to)?);
        }
        if let Some(reply_to) = &self.0.reply_to {
            builder = builder.reply_to(replies(mailbox(reply_to)?, parcel)?);
        }
        let builder = marked(builder, parcel);
        let built = match &parcel.rendered().html {
            None => builder.singlepart(plain(parcel)),
            Some(html) => builder.multipart(
                MultiPart::builder()
                    .kind(MultiPartKind::Alternative)
                    // Not drawn by lot: every attempt sends the same bytes.
                    .boundary(format!("=_{}", parcel.id()))
                    .singlepart(plain(parcel))
                    .singlepart(part(ContentType::TEXT_HTML, html)),
            ),
        };
        built.map_err(|error| Error::Misconfigured(format!("write the message: {error}")))
    }
}

/// With what machines look at.
fn marked(builder: MessageBuilder, parcel: &Parcel) -> MessageBuilder {
    let header = |name, value: &str| {
        HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
    };
    let builder = builder
        .raw_header(header("Auto-Submitted", "auto-generated"))
        .raw_header(header("X-Auto-Response-Suppress", "All"))
        .raw_header(header("X-Posthouse-Ticket", parcel.number()));
    match parcel.rendered().language.as_str() {
        "" => builder,
        language => builder.raw_header(header("Content-Language", language)),
    }
}

fn plain(parcel: &Parcel) -> SinglePart {
    part(ContentType::TEXT_PLAIN, &parcel.rendered().text)
}

fn part(kind: ContentType, text: &str) -> SinglePart {
    SinglePart::builder().header(kind).body(text.to_owned())
}

fn mailbox(text: &str) -> Result<Mailbox, Error> {
    text.parse()
        .map_err(|error| Error::Misconfigured(format!("read the mailbox {text}: {error}")))
}

/// The mailbox for replies: under the name of the deployment's own, at the ticket's address.
fn replies(own: Mailbox, parcel: &Parcel) -> Result<Mailbox, Error> {
    let Some(address) = parcel.replies_to() else {
        return Ok(own);
    };
    Ok(Mailbox {
        name: own.name,
        ..mailbox(address)?
    })
}
