//! What strangers send to intake.

use posthouse_bus::{AckToken, Delivery, Headers, header};
use posthouse_domain::Timestamp;
use posthouse_domain::command::Command;
use posthouse_intake::{Action, Refused, read_body, read_message};
use posthouse_runtime::trace::{SpanContext, SpanId};
use posthouse_wire::{decode_command, encode_command};

use crate::says_why;

/// Bodies of requests. The first line is the word of the action, the rest the body.
pub(crate) fn bodies(bytes: &[u8]) {
    let (word, body) = line(bytes);
    let action = Action::ALL.into_iter().find(|a| a.word() == word);
    let action = action.unwrap_or(Action::Open);
    let ticket = match action {
        Action::Open => "",
        _ => "CN-2026-000001",
    };
    judge(read_body(action, ticket, body));
}

/// Messages of the inbox: lines of `name: value`, an empty line, the payload. They are what NATS
/// headers become, whatever a client wrote into them.
pub(crate) fn inbox(mut bytes: &[u8]) {
    let mut headers = Headers::default();
    loop {
        let (head, rest) = line(bytes);
        bytes = rest;
        let Some((name, value)) = head.split_once(':') else {
            break;
        };
        let value = value.trim();
        headers.set(name, value);
        assert_eq!(
            headers.get(&name.to_ascii_uppercase()),
            Some(value),
            "the case of names does not matter"
        );
    }
    let delivery = Delivery {
        stream: "PH_cn-north_inbox".into(),
        sequence: 1,
        stored_at: Timestamp::from_millis(1_795_424_400_000),
        subject: "ph.cn-north.inbox.crm".to_owned(),
        headers,
        payload: bytes.to_vec().into(),
        ack: AckToken::default(),
        pending: 0,
    };
    let read = read_message(&delivery);
    assert_eq!(read, read_message(&delivery), "reading is repeatable");
    judge(read.map(|(command, _)| command));
}

/// The `traceparent` of a stranger: what is read of it is what is sent on, and a header.
pub(crate) fn traces(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Some(caller) = SpanContext::parse(&text) else {
        return;
    };
    let sent = caller.child(SpanId::derive(&[bytes])).to_string();
    assert!(Headers::may_hold(&sent), "{sent:?}");
    let headers = Headers::default().with(header::TRACEPARENT, sent.clone());
    assert_eq!(headers.get("TraceParent"), Some(sent.as_str()));
    let read = SpanContext::parse(&sent).unwrap_or_else(|| panic!("{sent} is no traceparent"));
    assert_eq!((read.trace, read.flags), (caller.trace, caller.flags));
    assert!(text.contains(&read.trace.to_string()), "{text:?}");
}

/// What is acceptable travels as it is; what is not says why.
fn judge(read: Result<Command, Refused>) {
    let command = match read {
        Ok(command) => command,
        Err(refused) => {
            if let Refused::Invalid(problems) = &refused {
                assert!(!problems.is_empty(), "refused for nothing");
                problems.iter().for_each(says_why);
            } else {
                says_why(&refused);
            }
            return;
        }
    };
    match command.check() {
        Ok(()) => assert_eq!(decode_command(&encode_command(&command)), Ok(command)),
        Err(problems) => problems.iter().for_each(says_why),
    }
}

/// The first line, as far as it is text, and what follows.
fn line(bytes: &[u8]) -> (&str, &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    let (head, rest) = end.map_or((bytes, &[][..]), |end| (&bytes[..end], &bytes[end + 1..]));
    (std::str::from_utf8(head).unwrap_or_default(), rest)
}
