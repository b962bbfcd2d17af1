//! A span: one step of one trace, done.

use std::borrow::Cow;

use super::{SpanContext, SpanId, TraceId};

/// Which side of a conversation a span is.
///
/// # Source
///
/// OpenTelemetry, trace API, `SpanKind`; for messages: semantic conventions of messaging, "span
/// kind".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// No side: something done inside.
    Internal,
    /// Answers a request.
    Server,
    /// Makes a request, and waits for the answer.
    Client,
    /// Makes a message that others will process.
    Producer,
    /// Processes a message.
    Consumer,
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A text.
    Text(Cow<'static, str>),
    /// A number.
    Int(i64),
    /// Yes or no.
    Bool(bool),
}

/// An attribute: a name, see [`super::names`], and its value.
pub type Attribute = (&'static str, Value);

/// A span of another trace, or of this one, that has to do with this span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The other span.
    pub context: SpanContext,
    /// What is to be said of it.
    pub attributes: Vec<Attribute>,
}

/// One step of one trace, done. Only spans that are to be recorded are ever made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The trace.
    pub trace: TraceId,
    /// Its identity.
    pub id: SpanId,
    /// The span it is part of; `None` for the first of a trace. It may belong to another process.
    pub parent: Option<SpanId>,
    /// The flags of W3C.
    pub flags: u8,
    /// Which side it is.
    pub kind: Kind,
    /// What was done to what, such as `send ph.{region}.{partition}.opened`.
    pub name: Cow<'static, str>,
    /// When it began, in nanoseconds since 1970.
    pub started_ns: u64,
    /// When it ended, in nanoseconds since 1970.
    pub ended_ns: u64,
    /// What is to be said of it; each name once.
    pub attributes: Vec<Attribute>,
    /// Spans that have to do with it.
    pub links: Vec<Link>,
    /// Why it failed, if it did.
    pub failed: Option<Cow<'static, str>>,
}

impl Span {
    /// A span at `context` that begins now and has not ended.
    #[must_use]
    pub fn new(
        context: SpanContext,
        parent: Option<SpanId>,
        kind: Kind,
        name: impl Into<Cow<'static, str>>,
        started_ns: u64,
    ) -> Self {
        Self {
            trace: context.trace,
            id: context.span,
            parent,
            flags: context.flags,
            kind,
            name: name.into(),
            started_ns,
            ended_ns: started_ns,
            attributes: Vec::new(),
            links: Vec::new(),
            failed: None,
        }
    }

    /// Where it is.
    #[must_use]
    pub const fn context(&self) -> SpanContext {
        SpanContext {
            trace: self.trace,
            span: self.id,
            flags: self.flags,
        }
    }

    /// Says something of it; replaces what was said under that name.
    pub fn set(&mut self, name: &'static str, value: impl Into<Value>) {
        let value = value.into();
        match self.attributes.iter_mut().find(|(known, _)| *known == name) {
            Some(known) => known.1 = value,
            None => self.attributes.push((name, value)),
        }
    }

    /// The same span with one more attribute.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.set(name, value);
        self
    }

    /// What is said under a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        let found = self.attributes.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value)
    }

    /// Links it to another span.
    pub fn link(&mut self, context: SpanContext) {
        self.links.push(Link {
            context,
            attributes: Vec::new(),
        });
    }
}

impl From<&'static str> for Value {
    fn from(text: &'static str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<u16> for Value {
    fn from(number: u16) -> Self {
        Self::Int(number.into())
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Int(number.into())
    }
}

/// Numbers beyond what a back-end can hold are said as the largest it can.
impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}
