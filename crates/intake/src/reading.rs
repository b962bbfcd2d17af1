//! From JSON to a command, by the table of fields. Everything that is wrong is told at once.

use posthouse_domain::FactId;
use posthouse_domain::command::{Command, CommandBody, Opening, Problem};
use posthouse_domain::notify::{Preferred, TOLD};
use posthouse_domain::ticket::{
    Actor, ActorKind, Attributes, Contact, Destination, FactKind, Labels, Presence, Progress,
    Sentiment, Severity,
};

use crate::action::{Action, Field, Shape};
use crate::json::Json;
use crate::limits::PROBLEMS_MAX;
use crate::words;

/// The agent who asks where nobody is named.
const SOME_AGENT: &str = "support";

/// The sorts of actor that senders may name; a service is a role of this system.
pub(crate) const ACTOR_KINDS: [ActorKind; 3] =
    [ActorKind::Customer, ActorKind::Agent, ActorKind::System];

/// Reads what is asked. `ticket` is what it is about, a ticket, an agent or a customer, where the
/// sender named that elsewhere.
///
/// Whether lines are too long, and what the policy knows, is checked later, for all doors alike.
///
/// # Errors
///
/// Every problem found, at most [`PROBLEMS_MAX`], in the order of the table.
pub(crate) fn command(action: Action, json: Json, ticket: &str) -> Result<Command, Vec<Problem>> {
    let mut reader = Reader::default();
    let mut object = reader.object("", json, action.fields());
    let actor = reader.actor(object.take("actor"));
    let body = match action {
        Action::Open => CommandBody::Open(reader.opening(&mut object)),
        Action::Reply => CommandBody::Reply {
            ticket: ticket.to_owned(),
            text: object.text("text"),
            awaits_customer: object.flag("awaits_customer"),
        },
        Action::Assign => CommandBody::Assign {
            ticket: ticket.to_owned(),
            agent: object.text("agent"),
        },
        Action::Progress => CommandBody::Progress {
            ticket: ticket.to_owned(),
            // Where there is none that is a problem, and the command goes nowhere.
            to: reader
                .word("to", object.take("to"), &Progress::ALL, |to| to.as_str())
                .unwrap_or(Progress::InProgress),
            reason: object.text("reason"),
        },
        Action::Resolve => CommandBody::Resolve {
            ticket: ticket.to_owned(),
            summary: object.text("summary"),
        },
        Action::Reopen => CommandBody::Reopen {
            ticket: ticket.to_owned(),
            reason: object.text("reason"),
        },
        Action::Close => CommandBody::Close {
            ticket: ticket.to_owned(),
            reason: object.text("reason"),
        },
        Action::Correct => CommandBody::Correct {
            ticket: ticket.to_owned(),
            labels: reader.labels(&mut object),
            note: object.text("note"),
        },
        Action::Unfold => CommandBody::Unfold {
            ticket: ticket.to_owned(),
            reason: object.text("reason"),
        },
        Action::Accept => CommandBody::Accept {
            ticket: ticket.to_owned(),
            agent: object.text("agent"),
            offer: reader.id("offer", object.said("offer")),
        },
        Action::Decline => CommandBody::Decline {
            ticket: ticket.to_owned(),
            agent: object.text("agent"),
            offer: reader.id("offer", object.said("offer")),
            reason: object.text("reason"),
        },
        Action::Transfer => CommandBody::Transfer {
            ticket: ticket.to_owned(),
            to: reader.destination(&mut object),
            reason: object.text("reason"),
        },
        Action::Prefer => CommandBody::Prefer(reader.preferred(&mut object, ticket)),
        Action::Presence => CommandBody::Presence {
            agent: ticket.to_owned(),
            change: reader
                .word(
                    "change",
                    object.take("change"),
                    &Presence::ALL,
                    Presence::as_str,
                )
                .unwrap_or(Presence::Seen),
            reason: object.text("reason"),
        },
    };
    let actor = actor.or_else(|| default_actor(&body));
    reader.finish(Command {
        id: None,
        asked_at: None,
        actor,
        body,
    })
}

/// Who asks where nobody is named; `None` is the customer of the ticket.
fn default_actor(body: &CommandBody) -> Option<Actor> {
    let name = match body {
        CommandBody::Assign { agent, .. }
        | CommandBody::Accept { agent, .. }
        | CommandBody::Decline { agent, .. }
        | CommandBody::Presence { agent, .. } => agent.as_str(),
        CommandBody::Progress { .. }
        | CommandBody::Resolve { .. }
        | CommandBody::Correct { .. }
        | CommandBody::Unfold { .. }
        | CommandBody::Transfer { .. } => SOME_AGENT,
        _ => return None,
    };
    Some(Actor {
        kind: ActorKind::Agent,
        name: name.to_owned(),
    })
}

/// Collects problems while it reads.
#[derive(Default)]
struct Reader {
    problems: Vec<Problem>,
}

/// The fields of an object that were there, each of the right kind.
#[derive(Default)]
struct Object(Vec<(&'static str, Json)>);

impl Object {
    fn take(&mut self, name: &str) -> Option<Json> {
        let at = self.0.iter().position(|(known, _)| *known == name)?;
        Some(self.0.swap_remove(at).1)
    }

    fn text(&mut self, name: &str) -> String {
        self.said(name).unwrap_or_default()
    }

    /// Text, where there was one: an empty one is not the same as none.
    fn said(&mut self, name: &str) -> Option<String> {
        match self.take(name) {
            Some(Json::Text(text)) => Some(text),
            _ => None,
        }
    }

    fn flag(&mut self, name: &str) -> bool {
        matches!(self.take(name), Some(Json::Flag(true)))
    }
}

impl Reader {
    /// Takes an object apart: what is unknown, of another kind, or missing is a problem.
    fn object(&mut self, path: &str, json: Json, fields: &'static [Field]) -> Object {
        let Json::Object(entries) = json else {
            let what = format!("is {} and must be an object", json.kind());
            self.add(
                if path.is_empty() { "the body" } else { path }.to_owned(),
                what,
            );
            return Object::default();
        };
        let mut object = Object::default();
        let mut said: Vec<&str> = Vec::new();
        for (name, value) in entries {
            let Some(field) = fields.iter().find(|field| field.name == name) else {
                let hint = words::hint(&name, fields.iter().map(|field| field.name));
                self.add(
                    join(path, &words::short(&name)),
                    format!("is not known; {hint}"),
                );
                continue;
            };
            if value == Json::Null {
                continue;
            }
            said.push(field.name);
            if self.fits(path, field, &value) {
                object.0.push((field.name, value));
            }
        }
        for field in fields
            .iter()
            .filter(|field| field.required && !said.contains(&field.name))
        {
            self.add(join(path, field.name), "is missing".to_owned());
        }
        object
    }

    /// Whether a value is of the kind that its field holds.
    fn fits(&mut self, path: &str, field: &Field, value: &Json) -> bool {
        let expected = match field.shape {
            Shape::Flag => "true or false",
            Shape::Attributes | Shape::Object(_) => "an object",
            Shape::Keys(_) => "a list",
            _ => "text",
        };
        let found = value.kind();
        if found != expected {
            self.add(
                join(path, field.name),
                format!("is {found} and must be {expected}"),
            );
        }
        found == expected
    }

    /// An identity. Where it cannot be read that is a problem, and the command goes nowhere.
    fn id(&mut self, field: &str, said: Option<String>) -> FactId {
        let Some(text) = said else {
            return FactId::from_command(&[]);
        };
        text.parse().unwrap_or_else(|_| {
            self.add(
                field.to_owned(),
                format!("is {}, no UUID", words::shown(&text)),
            );
            FactId::from_command(&[])
        })
    }

    /// The one destination that is named. Where there is none that is a problem, and the command
    /// goes nowhere.
    fn destination(&mut self, object: &mut Object) -> Destination {
        let nowhere = || Destination::Level(String::new());
        let named: Vec<(&str, String)> = Destination::KINDS
            .iter()
            .filter_map(|kind| Some((*kind, object.said(kind)?)))
            .collect();
        let [(kind, name)] = &named[..] else {
            let known = Destination::KINDS.join(", ");
            self.add(
                "the destination".to_owned(),
                format!("must be exactly one of {known}"),
            );
            return nowhere();
        };
        format!("{kind} {name}").parse().unwrap_or_else(|_| {
            let what = match *kind {
                "queue" => format!(
                    "is {}; want centre/level/skill/language",
                    words::shown(name)
                ),
                _ => "is empty".to_owned(),
            };
            self.add((*kind).to_owned(), what);
            nowhere()
        })
    }

    fn opening(&mut self, object: &mut Object) -> Opening {
        Opening {
            customer: object.text("customer"),
            subject: object.text("subject"),
            body: object.text("body"),
            severity: self.word(
                "severity",
                object.take("severity"),
                &Severity::ALL,
                Severity::as_str,
            ),
            region: object.text("region"),
            tier: object.text("tier"),
            channel: object.text("channel"),
            language: object.text("language"),
            product: object.text("product"),
            attributes: self.attributes(object.take("attributes")),
            contact: self.contact(object.take("contact")),
        }
    }

    /// The labels that are spoken of. One that is said to be empty is empty, which is refused later
    /// and not taken for left out.
    fn labels(&mut self, object: &mut Object) -> Labels {
        Labels {
            category: object.said("category"),
            kind: object.said("kind"),
            severity: self.word(
                "severity",
                object.take("severity"),
                &Severity::ALL,
                Severity::as_str,
            ),
            sentiment: self.word(
                "sentiment",
                object.take("sentiment"),
                &Sentiment::ALL,
                Sentiment::as_str,
            ),
            language: object.said("language"),
            tags: self.keys("tags", object.take("tags")),
        }
    }

    fn preferred(&mut self, object: &mut Object, customer: &str) -> Preferred {
        let kinds = self.keys("about", object.take("about"));
        let kinds = kinds.map(|words| {
            let read = words.iter().enumerate().filter_map(|(index, word)| {
                let field = join("about", &index.to_string());
                let word = Some(Json::Text(word.clone()));
                self.word(&field, word, TOLD, FactKind::as_str)
            });
            read.collect()
        });
        Preferred {
            customer: customer.to_owned(),
            language: object.text("language"),
            channels: self.keys("channels", object.take("channels")),
            about: kinds,
        }
    }

    /// A list of words, if there was one.
    fn keys(&mut self, field: &str, said: Option<Json>) -> Option<Vec<String>> {
        let Some(Json::List(items)) = said else {
            return None;
        };
        let mut keys = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            match item {
                Json::Text(key) => keys.push(key),
                other => {
                    let what = format!("is {} and must be text", other.kind());
                    self.add(join(field, &index.to_string()), what);
                }
            }
        }
        Some(keys)
    }

    /// A word of a closed list, if it was said.
    fn word<T: Copy>(
        &mut self,
        field: &str,
        said: Option<Json>,
        all: &[T],
        word_of: impl Fn(T) -> &'static str + Copy,
    ) -> Option<T> {
        let Some(Json::Text(word)) = said else {
            return None;
        };
        let read = all.iter().copied().find(|item| word_of(*item) == word);
        if read.is_none() {
            let known = all.iter().copied().map(word_of);
            self.add(field.to_owned(), words::unknown(&word, known));
        }
        read
    }

    fn attributes(&mut self, json: Option<Json>) -> Attributes {
        let Some(Json::Object(entries)) = json else {
            return Attributes::new();
        };
        let mut attributes = Attributes::new();
        for (name, value) in entries {
            match value {
                Json::Text(value) => {
                    attributes.insert(name, value);
                }
                other => {
                    let field = join("attributes", &words::short(&name));
                    self.add(field, format!("is {} and must be text", other.kind()));
                }
            }
        }
        attributes
    }

    fn contact(&mut self, json: Option<Json>) -> Contact {
        let Some(mut object) = self.group("contact", json, Action::Open) else {
            return Contact::default();
        };
        Contact {
            name: object.text("name"),
            email: object.text("email"),
            phone: object.text("phone"),
        }
    }

    fn actor(&mut self, json: Option<Json>) -> Option<Actor> {
        let mut object = self.group("actor", json, Action::Open)?;
        let kind = object.take("kind");
        let kind = self.word("actor.kind", kind, &ACTOR_KINDS, ActorKind::as_str)?;
        Some(Actor {
            kind,
            name: object.text("name"),
        })
    }

    /// An object within the object, by the table of `action`.
    fn group(&mut self, name: &str, json: Option<Json>, action: Action) -> Option<Object> {
        let field = action.fields().iter().find(|field| field.name == name)?;
        let Shape::Object(fields) = field.shape else {
            return None;
        };
        Some(self.object(name, json?, fields))
    }

    fn add(&mut self, field: String, what: String) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(Problem { field, what });
        }
    }

    fn finish(self, command: Command) -> Result<Command, Vec<Problem>> {
        if self.problems.is_empty() {
            Ok(command)
        } else {
            Err(self.problems)
        }
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(action: Action, text: &str) -> Result<Command, Vec<String>> {
        command(
            action,
            Json::parse(text.as_bytes()).unwrap(),
            "CN-2026-000001",
        )
        .map_err(|problems| problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_whole_opening_is_read() {
        let text = r#"{"customer":"c-1","subject":"s","body":"b","severity":"P1","tier":"gold",
            "region":"cn-north","channel":"api","language":"zh","product":"ECS",
            "attributes":{"order":"42"},"contact":{"name":"n","email":"e","phone":null},
            "actor":{"kind":"agent","name":"a-1"}}"#;
        let command = read(Action::Open, text).unwrap();
        let CommandBody::Open(opening) = command.body else {
            panic!("an opening")
        };
        assert_eq!(opening.severity, Some(Severity::P1));
        assert_eq!(opening.attributes["order"], "42");
        assert_eq!(opening.contact.email, "e");
        assert_eq!(command.actor.unwrap().kind, ActorKind::Agent);
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let text = r#"{"custmer":"c-1","subject":7,"severity":"P9","contact":{"mail":"x"},
            "attributes":{"a":1},"tier":["gold"],"actor":{"kind":"service"}}"#;
        assert_eq!(
            read(Action::Open, text).unwrap_err(),
            [
                "custmer is not known; did you mean `customer`?",
                "subject is a number and must be text",
                "tier is a list and must be text",
                "customer is missing",
                "actor.name is missing",
                "actor.kind is `service`, which is not known; known: `customer`, `agent`, `system`",
                "severity is `P9`, which is not known; known: `P0`, `P1`, `P2`, `P3`",
                "attributes.a is a number and must be text",
                "contact.mail is not known; did you mean `email`?",
            ]
        );
    }

    #[test]
    fn the_number_of_problems_is_bounded() {
        let names: Vec<String> = (0..200).map(|n| format!("\"n{n}\":1")).collect();
        let problems = read(Action::Close, &format!("{{{}}}", names.join(","))).unwrap_err();
        assert_eq!(problems.len(), PROBLEMS_MAX);
    }

    #[test]
    fn agents_do_the_work_and_customers_the_rest() {
        let kind = |action, text| {
            read(action, text)
                .unwrap()
                .actor
                .map(|actor| actor.to_string())
        };
        assert_eq!(
            kind(Action::Assign, r#"{"agent":"li"}"#).unwrap(),
            "agent:li"
        );
        assert_eq!(
            kind(Action::Progress, r#"{"to":"testing"}"#).unwrap(),
            "agent:support"
        );
        assert_eq!(kind(Action::Resolve, "{}").unwrap(), "agent:support");
        assert_eq!(kind(Action::Reply, r#"{"text":"t"}"#), None);
        assert_eq!(kind(Action::Reopen, "{}"), None);
    }

    #[test]
    fn a_transfer_goes_to_one_place() {
        let to = |text: &str| {
            read(Action::Transfer, text).map(|command| match command.body {
                CommandBody::Transfer { to, .. } => to.to_string(),
                _ => panic!("a transfer"),
            })
        };
        assert_eq!(
            to(r#"{"queue":"beijing/L2/network/zh"}"#).unwrap(),
            "queue beijing/L2/network/zh"
        );
        assert_eq!(to(r#"{"agent":"li"}"#).unwrap(), "agent li");
        let one = ["the destination must be exactly one of queue, level, agent, region"];
        assert_eq!(to("{}").unwrap_err(), one);
        assert_eq!(to(r#"{"level":"L2","agent":"li"}"#).unwrap_err(), one);
        assert_eq!(
            to(r#"{"queue":"beijing"}"#).unwrap_err(),
            ["queue is `beijing`; want centre/level/skill/language"]
        );
        assert_eq!(to(r#"{"level":""}"#).unwrap_err(), ["level is empty"]);
    }

    #[test]
    fn an_offer_has_an_identity() {
        let error = read(Action::Accept, r#"{"agent":"li","offer":"7"}"#).unwrap_err();
        assert_eq!(error, ["offer is `7`, no UUID"]);
        let text = r#"{"agent":"li","offer":"0192f0c1-2345-7890-abcd-ef0123456789"}"#;
        assert_eq!(
            read(Action::Accept, text)
                .unwrap()
                .actor
                .unwrap()
                .to_string(),
            "agent:li"
        );
    }

    #[test]
    fn an_agent_speaks_of_themselves() {
        let command = read(Action::Presence, r#"{"change":"on_break"}"#).unwrap();
        assert_eq!(
            command.body,
            CommandBody::Presence {
                agent: "CN-2026-000001".to_owned(),
                change: Presence::OnBreak,
                reason: String::new(),
            }
        );
        assert_eq!(
            read(Action::Presence, r#"{"change":"asleep"}"#)
                .unwrap_err()
                .len(),
            1
        );
    }

    #[test]
    fn a_correction_speaks_of_some_labels() {
        let text = r#"{"category":"billing","tags":["refund","vip"],"sentiment":"neg","note":"n"}"#;
        let CommandBody::Correct { labels, note, .. } = read(Action::Correct, text).unwrap().body
        else {
            panic!("a correction")
        };
        let expected = Labels {
            category: Some("billing".to_owned()),
            sentiment: Some(Sentiment::Negative),
            tags: Some(vec!["refund".to_owned(), "vip".to_owned()]),
            ..Labels::default()
        };
        assert_eq!((labels, note.as_str()), (expected, "n"));
        let CommandBody::Correct { labels, .. } =
            read(Action::Correct, r#"{"tags":[],"kind":null}"#)
                .unwrap()
                .body
        else {
            panic!("a correction")
        };
        assert_eq!((labels.tags, labels.kind), (Some(Vec::new()), None));
        let wrong = r#"{"tags":["a",7],"severity":"P7"}"#;
        assert_eq!(
            read(Action::Correct, wrong).unwrap_err(),
            [
                "severity is `P7`, which is not known; known: `P0`, `P1`, `P2`, `P3`",
                "tags.1 is a number and must be text",
            ]
        );
    }

    #[test]
    fn a_move_needs_its_aim() {
        assert_eq!(read(Action::Progress, "{}").unwrap_err(), ["to is missing"]);
        assert_eq!(
            read(Action::Progress, r#"{"to":null}"#).unwrap_err(),
            ["to is missing"]
        );
        let error = read(Action::Progress, r#"{"to":""}"#).unwrap_err();
        assert!(error[0].starts_with("to is ``, which is not known; known: `in_progress`"));
    }
}
