//! The span of telling somebody, and the trace context that goes out with it.
//!
//! Receivers of our own kind (webhooks, subjects of a bus) get a `traceparent`, so that their trace
//! goes on from ours. Messengers and gateways do not: it would tell them nothing. No address is
//! said, only the host, since addresses hold keys and names.

use posthouse_bus::header::TRACEPARENT;
use posthouse_domain::notify::{Channel, Receiver};
use posthouse_runtime::trace::names::{self, operation};
use posthouse_runtime::trace::{Kind, Span, SpanId, Tracer, current};

use crate::channel::{Call, Error};

/// One exchange with another system.
pub(super) struct Exchange(Option<(Tracer, Span)>);

/// An exchange begins, as part of the errand under way, if any; the call takes its context along.
pub(super) fn begin(receiver: &Receiver, call: &mut Call) -> Exchange {
    let Some(current) = current() else {
        return Exchange(None);
    };
    let parent = current.context.span;
    let context = current
        .context
        .child(SpanId::derive(&[b"call", &parent.bytes()]));
    match call {
        Call::Http(call) if matches!(receiver.channel, Channel::Webhook(_)) => {
            call.headers.push((TRACEPARENT, context.to_string()));
        }
        Call::Message(message) => message.headers.set(TRACEPARENT, context.to_string()),
        Call::Http(_) | Call::Mail(_) => {}
    }
    if !current.tracer.wants(context) {
        return Exchange(None);
    }
    let now_ns = current.tracer.now_ns();
    let mut span = Span::new(context, Some(parent), Kind::Client, "POST", now_ns);
    span.set(names::CHANNEL, receiver.channel.as_str().to_owned());
    describe(&mut span, call);
    Exchange(Some((current.tracer, span)))
}

impl Exchange {
    /// The other side gave this status.
    pub(super) fn answered(&mut self, status: u16) {
        if let Some((_, span)) = &mut self.0
            && status > 0
        {
            span.set(names::HTTP_STATUS, status);
        }
    }

    /// It is over.
    pub(super) fn end(self, outcome: &Result<String, Error>) {
        let Some((tracer, mut span)) = self.0 else {
            return;
        };
        if let Err(error) = outcome {
            span.set(names::ERROR_TYPE, error.code());
            span.failed = Some(error.code().into());
        }
        tracer.end(span);
    }
}

fn describe(span: &mut Span, call: &Call) {
    match call {
        Call::Http(call) => {
            span.set(names::HTTP_METHOD, "POST");
            span.set(names::URL_SCHEME, call.url.scheme().to_owned());
            if let Some(host) = call.url.host_str() {
                span.set(names::SERVER_ADDRESS, host.to_owned());
            }
        }
        Call::Mail(mail) => {
            span.name = "send mail".into();
            span.set(names::SERVER_ADDRESS, mail.relay.host.clone());
        }
        Call::Message(message) => {
            span.name = format!("{} {{receiver}}", operation::SEND).into();
            span.kind = Kind::Producer;
            span.set(names::MESSAGING_SYSTEM, names::NATS);
            span.set(names::MESSAGING_OPERATION_NAME, operation::SEND);
            span.set(names::MESSAGING_OPERATION_TYPE, operation::SEND);
            span.set(names::MESSAGING_DESTINATION, message.subject.clone());
        }
    }
}
