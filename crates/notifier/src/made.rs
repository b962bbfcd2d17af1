//! Receivers for unit tests, as a policy makes them.

use posthouse_domain::notify::Receiver;
use posthouse_policy::{Source, compile};

/// The receiver `ops` of a policy that says this of it.
pub(crate) fn receiver(said: &str) -> Receiver {
    let mut source = Source::shipped("default").expect("it is shipped");
    let receivers = format!(
        "[receiver.ops]\n{said}\n\n\
         [[rule]]\nname = \"tell\"\nabout = [\"routed\"]\nreceivers = [\"ops\"]\n"
    );
    source.files.insert("receivers.toml".into(), receivers);
    let compiled = compile(&source);
    let (policy, _) = compiled.unwrap_or_else(|found| panic!("{found:?}"));
    policy.receivers.receivers["ops"].clone()
}
