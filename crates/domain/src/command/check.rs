//! Whether a command can be accepted as it stands.

use std::fmt;

use super::{Command, CommandBody, Opening};
use crate::limits::{
    ATTRIBUTE_BYTES_MAX, ATTRIBUTES_MAX, BODY_BYTES_MAX, CONTACT_BYTES_MAX, KEY_BYTES_MAX,
    PREFERRED_WORDS_MAX, SUBJECT_BYTES_MAX, TAGS_MAX,
};
use crate::notify::{CHANNELS, Preferred, TOLD};
use crate::shown::shown;
use crate::ticket::{Attributes, Contact, Destination, Labels};

/// One thing that is wrong with a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Which field, such as `subject` or `attributes.order`.
    pub field: String,
    /// What is wrong with it, after the field's name: `is empty`.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.field, self.what)
    }
}

impl Command {
    /// Checks everything that can be told from the command alone: what must not be empty is
    /// not, everything is within [`crate::limits`], keys and lines can be printed.
    ///
    /// # Errors
    ///
    /// Every [`Problem`] there is, in the order of the fields, so that the sender can mend them
    /// all at once.
    pub fn check(&self) -> Result<(), Vec<Problem>> {
        let mut problems = Problems(Vec::new());
        if let Some(id) = &self.id {
            problems.required_line("id", id, KEY_BYTES_MAX);
        }
        if let Some(actor) = &self.actor {
            problems.required_line("actor.name", &actor.name, KEY_BYTES_MAX);
        }
        if let Some(ticket) = self.body.ticket() {
            problems.required_line("ticket", ticket, KEY_BYTES_MAX);
        }
        problems.body(&self.body);
        if problems.0.is_empty() {
            Ok(())
        } else {
            Err(problems.0)
        }
    }
}

/// The problems found so far.
struct Problems(Vec<Problem>);

impl Problems {
    fn body(&mut self, body: &CommandBody) {
        match body {
            CommandBody::Open(opening) => self.opening(opening),
            CommandBody::Reply { text, .. } => self.required_text("text", text, BODY_BYTES_MAX),
            CommandBody::Assign { agent, .. } | CommandBody::Accept { agent, .. } => {
                self.required_line("agent", agent, KEY_BYTES_MAX);
            }
            CommandBody::Decline { agent, reason, .. }
            | CommandBody::Presence { agent, reason, .. } => {
                self.required_line("agent", agent, KEY_BYTES_MAX);
                self.text("reason", reason, BODY_BYTES_MAX);
            }
            CommandBody::Prefer(preferred) => self.preferred(preferred),
            CommandBody::Transfer { to, reason, .. } => {
                self.destination(to);
                self.text("reason", reason, BODY_BYTES_MAX);
            }
            CommandBody::Resolve { summary, .. } => self.text("summary", summary, BODY_BYTES_MAX),
            CommandBody::Progress { reason, .. }
            | CommandBody::Reopen { reason, .. }
            | CommandBody::Close { reason, .. }
            | CommandBody::Unfold { reason, .. } => self.text("reason", reason, BODY_BYTES_MAX),
            CommandBody::Correct { labels, note, .. } => {
                self.labels(labels);
                self.text("note", note, BODY_BYTES_MAX);
            }
        }
    }

    fn preferred(&mut self, preferred: &Preferred) {
        self.required_line("customer", &preferred.customer, KEY_BYTES_MAX);
        self.line("language", &preferred.language, KEY_BYTES_MAX);
        let channels = preferred.channels.as_ref().map_or(0, Vec::len);
        let about = preferred.about.as_ref().map_or(0, Vec::len);
        for (field, count) in [("channels", channels), ("about", about)] {
            if count > PREFERRED_WORDS_MAX {
                let what = format!("has {count} entries; at most {PREFERRED_WORDS_MAX}");
                return self.add(field, what);
            }
        }
        for channel in preferred.channels.iter().flatten() {
            if !CHANNELS.contains(&channel.as_str()) {
                let known = CHANNELS.join(", ");
                let what = format!("has `{}`; want some of {known}", shown(channel));
                self.add("channels", what);
            }
        }
        for kind in preferred.about.iter().flatten() {
            if !TOLD.contains(kind) {
                self.add("about", format!("has `{kind}`, which nobody is told of"));
            }
        }
    }

    fn destination(&mut self, to: &Destination) {
        match to {
            Destination::Queue(queue) => {
                for (field, key) in [
                    ("queue.centre", &queue.centre),
                    ("queue.level", &queue.level),
                    ("queue.skill", &queue.skill),
                    ("queue.language", &queue.language),
                ] {
                    self.required_line(field, key, KEY_BYTES_MAX);
                }
            }
            Destination::Level(key) | Destination::Agent(key) | Destination::Region(key) => {
                self.required_line(to.kind(), key, KEY_BYTES_MAX);
            }
        }
    }

    fn labels(&mut self, labels: &Labels) {
        if labels.is_empty() {
            self.add("labels", "say nothing: name at least one".to_owned());
        }
        for (field, key) in [
            ("category", &labels.category),
            ("kind", &labels.kind),
            ("language", &labels.language),
        ] {
            if let Some(key) = key {
                self.required_line(field, key, KEY_BYTES_MAX);
            }
        }
        let tags = labels.tags.as_deref().unwrap_or_default();
        if tags.len() > TAGS_MAX {
            let what = format!("has {} entries; at most {TAGS_MAX}", tags.len());
            return self.add("tags", what);
        }
        for tag in tags {
            self.required_line("a tag", tag, KEY_BYTES_MAX);
        }
    }

    fn opening(&mut self, opening: &Opening) {
        self.required_line("customer", &opening.customer, KEY_BYTES_MAX);
        self.required_line("subject", &opening.subject, SUBJECT_BYTES_MAX);
        self.text("body", &opening.body, BODY_BYTES_MAX);
        for (field, key) in [
            ("region", &opening.region),
            ("tier", &opening.tier),
            ("channel", &opening.channel),
            ("language", &opening.language),
            ("product", &opening.product),
        ] {
            self.line(field, key, KEY_BYTES_MAX);
        }
        self.attributes(&opening.attributes);
        self.contact(&opening.contact);
    }

    fn attributes(&mut self, attributes: &Attributes) {
        if attributes.len() > ATTRIBUTES_MAX {
            let what = format!("has {} entries; at most {ATTRIBUTES_MAX}", attributes.len());
            // Their number is the problem; naming each of very many would hide it.
            return self.add("attributes", what);
        }
        for (name, value) in attributes {
            self.required_line("name of an attribute", name, KEY_BYTES_MAX);
            let shown: String = name.chars().filter(|c| is_printable(*c)).take(64).collect();
            self.text(&format!("attributes.{shown}"), value, ATTRIBUTE_BYTES_MAX);
        }
    }

    fn contact(&mut self, contact: &Contact) {
        self.line("contact.name", &contact.name, CONTACT_BYTES_MAX);
        self.line("contact.email", &contact.email, CONTACT_BYTES_MAX);
        self.line("contact.phone", &contact.phone, CONTACT_BYTES_MAX);
    }

    /// One printable line that says something.
    fn required_line(&mut self, field: &str, value: &str, bytes_max: usize) {
        self.not_empty(field, value);
        self.line(field, value, bytes_max);
    }

    /// Text that says something.
    fn required_text(&mut self, field: &str, value: &str, bytes_max: usize) {
        self.not_empty(field, value);
        self.text(field, value, bytes_max);
    }

    /// One printable line: no control characters at all.
    fn line(&mut self, field: &str, value: &str, bytes_max: usize) {
        self.size(field, value, bytes_max);
        self.printable(field, value.char_indices().find(|(_, c)| !is_printable(*c)));
    }

    /// Text of any number of lines: no control characters but line ends and tabs.
    fn text(&mut self, field: &str, value: &str, bytes_max: usize) {
        self.size(field, value, bytes_max);
        let mut rest = value.char_indices().peekable();
        let offender = std::iter::from_fn(|| {
            let (at, c) = rest.next()?;
            // Mail and web forms end a line with a carriage return and a line feed.
            let ends_line = c == '\r' && rest.peek().is_some_and(|(_, next)| *next == '\n');
            Some((
                at,
                c,
                ends_line || matches!(c, '\n' | '\t') || is_printable(c),
            ))
        })
        .find_map(|(at, c, fine)| (!fine).then_some((at, c)));
        self.printable(field, offender);
    }

    fn not_empty(&mut self, field: &str, value: &str) {
        if value.trim().is_empty() {
            self.add(field, "is empty".to_owned());
        }
    }

    fn size(&mut self, field: &str, value: &str, bytes_max: usize) {
        if value.len() > bytes_max {
            self.add(
                field,
                format!("is {} bytes long; at most {bytes_max}", value.len()),
            );
        }
    }

    fn printable(&mut self, field: &str, offender: Option<(usize, char)>) {
        if let Some((at, c)) = offender {
            let what = format!(
                "holds the control character U+{:04X} at byte {at}",
                u32::from(c)
            );
            self.add(field, what);
        }
    }

    fn add(&mut self, field: &str, what: String) {
        self.0.push(Problem {
            field: field.to_owned(),
            what,
        });
    }
}

/// Whether a character may stand in a line: no control character, no separator of lines.
fn is_printable(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ticket::{Actor, ActorKind};

    fn opening() -> Opening {
        Opening {
            customer: "c-42".to_owned(),
            subject: "支付失败".to_owned(),
            body: "first line\r\nsecond\tline\n".to_owned(),
            ..Opening::default()
        }
    }

    fn problems(body: CommandBody) -> Vec<String> {
        let command = Command {
            id: None,
            asked_at: None,
            actor: None,
            body,
        };
        let problems = command.check().err().unwrap_or_default();
        problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_whole_is_accepted() {
        assert_eq!(problems(CommandBody::Open(opening())), [""; 0]);
        let close = CommandBody::Close {
            ticket: "T-1".to_owned(),
            reason: String::new(),
        };
        assert_eq!(problems(close), [""; 0]);
    }

    #[test]
    fn every_problem_is_told_at_once() {
        let bad = Opening {
            customer: " ".to_owned(),
            subject: "x".repeat(SUBJECT_BYTES_MAX + 1),
            body: "bell\u{7}".to_owned(),
            region: "eu\n".to_owned(),
            ..opening()
        };
        assert_eq!(
            problems(CommandBody::Open(bad)),
            [
                "customer is empty",
                "subject is 1001 bytes long; at most 1000",
                "body holds the control character U+0007 at byte 4",
                "region holds the control character U+000A at byte 2",
            ]
        );
    }

    #[test]
    fn limits_are_inclusive() {
        let at = Opening {
            subject: "x".repeat(SUBJECT_BYTES_MAX),
            ..opening()
        };
        assert_eq!(problems(CommandBody::Open(at)), [""; 0]);
        let full = (0..ATTRIBUTES_MAX)
            .map(|n| (format!("a{n}"), String::new()))
            .collect();
        let at = Opening {
            attributes: full,
            ..opening()
        };
        assert_eq!(problems(CommandBody::Open(at.clone())), [""; 0]);
        let mut over = at;
        over.attributes.insert("one more".to_owned(), String::new());
        assert_eq!(
            problems(CommandBody::Open(over)),
            ["attributes has 65 entries; at most 64"]
        );
    }

    #[test]
    fn an_attribute_is_named() {
        let attributes = [(
            "or\u{1b}der".to_owned(),
            "x".repeat(ATTRIBUTE_BYTES_MAX + 1),
        )];
        let bad = Opening {
            attributes: attributes.into(),
            ..opening()
        };
        assert_eq!(
            problems(CommandBody::Open(bad)),
            [
                "name of an attribute holds the control character U+001B at byte 2",
                "attributes.order is 2001 bytes long; at most 2000",
            ]
        );
    }

    #[test]
    fn a_carriage_return_belongs_before_a_line_feed() {
        let reply = |text: &str| CommandBody::Reply {
            ticket: "T-1".to_owned(),
            text: text.to_owned(),
            awaits_customer: false,
        };
        assert_eq!(problems(reply("a\r\nb")), [""; 0]);
        assert_eq!(
            problems(reply("a\rb")),
            ["text holds the control character U+000D at byte 1"]
        );
        assert_eq!(problems(reply("")), ["text is empty"]);
    }

    #[test]
    fn a_destination_is_named_whole() {
        let transfer = |to: Destination| CommandBody::Transfer {
            ticket: "T-1".to_owned(),
            to,
            reason: String::new(),
        };
        let whole = "queue beijing/L2/network/zh".parse().unwrap();
        assert_eq!(problems(transfer(whole)), [""; 0]);
        let no_level = "queue beijing//network/zh".parse().unwrap();
        assert_eq!(problems(transfer(no_level)), ["queue.level is empty"]);
        let bell = Destination::Region("eu\u{7}".to_owned());
        assert_eq!(
            problems(transfer(bell)),
            ["region holds the control character U+0007 at byte 2"]
        );
    }

    #[test]
    fn the_envelope_is_checked_too() {
        let command = Command {
            id: Some(String::new()),
            asked_at: None,
            actor: Some(Actor {
                kind: ActorKind::Agent,
                name: String::new(),
            }),
            body: CommandBody::Assign {
                ticket: String::new(),
                agent: String::new(),
            },
        };
        let problems = command.check().unwrap_err();
        let fields: Vec<&str> = problems
            .iter()
            .map(|problem| problem.field.as_str())
            .collect();
        assert_eq!(fields, ["id", "actor.name", "ticket", "agent"]);
    }
}
