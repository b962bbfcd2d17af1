//! Whom the measurement tells, and the policy that says so.

use std::fmt;
use std::str::FromStr;

use posthouse_policy::Source;

/// Endpoints that do well; the notifications are spread over them.
pub(super) const WELL: u32 = 8;
/// What tells the last request of a weighing, which waits for nobody.
pub(super) const LAST: &str = "last";

/// How an endpoint does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It answers at once.
    Well,
    /// It takes requests and never answers.
    Hanging,
    /// It turns every second request down.
    Failing,
}

/// An endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sink {
    pub(super) kind: Kind,
    number: u32,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Well, Self::Hanging, Self::Failing];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Well => "sink",
            Self::Hanging => "hanging",
            Self::Failing => "failing",
        }
    }
}

impl FromStr for Kind {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut all = Self::ALL.into_iter();
        all.find(|kind| kind.as_str() == text).ok_or(())
    }
}

impl Sink {
    /// The endpoints that do well, then so many that hang and so many that fail.
    pub(super) fn all(hanging: u32, failing: u32) -> Vec<Self> {
        let some = |kind, count| (0..count).map(move |number| Self { kind, number });
        some(Kind::Well, WELL)
            .chain(some(Kind::Hanging, hanging))
            .chain(some(Kind::Failing, failing))
            .collect()
    }
}

impl fmt::Display for Sink {
    /// The key of the receiver, and the product of the tickets that it is told of.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.kind.as_str(), self.number)
    }
}

/// The shipped default, but each of these endpoints is told of the tickets of its product.
pub(super) fn policy(url: &str, sinks: &[Sink]) -> Source {
    let each = sinks.iter().map(|sink| {
        let (kind, number) = (sink.kind.as_str(), sink.number);
        format!(
            "[receiver.{sink}]\nchannel = \"webhook\"\nurl = \"{url}{kind}/{number}\"\n\
             backoff = \"100ms\"\ntimeout = \"2s\"\n\n\
             [[rule]]\nname = \"{sink}\"\nabout = [\"opened\"]\nreceivers = [\"{sink}\"]\n\
             when = 'ticket.product == \"{sink}\"'\n\n"
        )
    });
    with_receivers(each.collect())
}

/// The shipped default, but one endpoint is told of tickets in groups, one for each ticket, that
/// wait for longer than the measurement takes; except of the last ticket.
pub(super) fn grouping(url: &str) -> Source {
    with_receivers(format!(
        "[receiver.grouped]\nchannel = \"webhook\"\nurl = \"{url}sink/0\"\n\
         group_by = [\"ticket\"]\ngroup_wait = \"24h\"\n\n\
         [[rule]]\nname = \"last\"\nabout = [\"opened\"]\nreceivers = [\"grouped\"]\n\
         urgent = true\nwhen = 'ticket.product == \"{LAST}\"'\ngoes_on = false\n\n\
         [[rule]]\nname = \"grouped\"\nabout = [\"opened\"]\nreceivers = [\"grouped\"]\n"
    ))
}

fn with_receivers(receivers: String) -> Source {
    let mut source = Source::shipped("default").expect("the default is shipped");
    source.name = "bench-notify".to_owned();
    source.files.insert("receivers.toml".to_owned(), receivers);
    source
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policies_of_the_measurement_compile() {
        let url = "http://127.0.0.1:9/";
        let compiled = |source: &Source| {
            let (policy, _) = posthouse_policy::compile(source)
                .map_err(|found| posthouse_policy::render(&found, source, false))
                .unwrap();
            policy.receivers
        };
        let sinks = Sink::all(2, 1);
        let receivers = compiled(&policy(url, &sinks));
        assert_eq!(receivers.receivers.len(), sinks.len());
        assert_eq!(sinks.last().unwrap().to_string(), "failing-0");
        let grouped = compiled(&grouping(url));
        assert!(grouped.manners.paces["grouped"].group.is_some());
        assert!(grouped.rules[0].timing.urgent);
    }
}
