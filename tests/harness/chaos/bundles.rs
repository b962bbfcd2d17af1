//! Two policies that differ, with promises of seconds, so that deadlines fall due in a short run.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::Error;

/// The receivers of the endpoint that records: two, so that both partitions of receivers work.
pub(super) const RECEIVERS: [&str; 2] = ["hook_routed", "hook_deadlines"];
/// The longest promise of both policies, in seconds.
pub(super) const LONGEST_PROMISE_S: u64 = 12;

/// Where what they share with the shipped policy is taken from. It is copied, so that whoever
/// judges has the whole text.
const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/policies/default");
/// The files that are.
const SHARED: [&str; 4] = [
    "calendars.toml",
    "regions.toml",
    "routing.toml",
    "taxonomy.toml",
];
/// The folder of the holidays that the calendars name.
const HOLIDAYS: &str = "holidays";
/// The rest of their heads.
const HEAD: &str = "format = 1\n\
    description = \"Promises of seconds.\"\nseverity_default = \"P2\"\n\
    tiers = [\"standard\", \"silver\", \"gold\", \"platinum\"]\n\
    channels = [\"portal\", \"console\", \"app\", \"wechat\", \"dingtalk\", \"wecom\", \"email\", \
    \"phone\", \"api\"]\n";

/// Promises of the one and of the other.
const PROMISES: [(&str, &str); 2] = [
    (
        "chaos-a",
        "[[sla]]\nname = \"brisk\"\ncalendar = \"always\"\n\
         first_response = { P0 = \"3s\", P1 = \"4s\", P2 = \"6s\", P3 = \"8s\" }\n\
         resolution = { P0 = \"6s\", P1 = \"8s\", P2 = \"10s\", P3 = \"12s\" }\n\
         warn = [50, 75]\n\
         pauses = { resolution = [\"waiting_on_customer\", \"waiting_on_third_party\"] }\n",
    ),
    (
        "chaos-b",
        "[[sla]]\nname = \"gold\"\nwhen = 'ticket.tier in [\"gold\", \"platinum\"]'\n\
         calendar = \"always\"\n\
         first_response = { P0 = \"2s\", P1 = \"3s\", P2 = \"4s\", P3 = \"5s\" }\n\
         resolution = { P0 = \"4s\", P1 = \"5s\", P2 = \"7s\", P3 = \"9s\" }\n\
         warn = [80]\n\n\
         [[sla]]\nname = \"calm\"\ncalendar = \"always\"\n\
         first_response = { P0 = \"4s\", P1 = \"5s\", P2 = \"7s\", P3 = \"9s\" }\n\
         resolution = { P0 = \"7s\", P1 = \"9s\", P2 = \"11s\", P3 = \"12s\" }\n\
         warn = [50, 90]\n",
    ),
];

/// Writes both policies into `folder`, for an endpoint at `hook`; gives their folders.
///
/// # Errors
///
/// [`Error::Files`].
pub(super) fn write(folder: &Path, hook: &str) -> Result<[PathBuf; 2], Error> {
    let [one, other] = PROMISES.map(|(name, promises)| {
        let bundle = folder.join(name);
        let head = format!("{HEAD}name = \"{name}\"\ntitle = \"{name}\"\n");
        let files = [
            ("bundle.toml", head),
            ("sla.toml", promises.to_owned()),
            ("receivers.toml", receivers(hook)),
        ];
        let written = fs::create_dir_all(bundle.join(HOLIDAYS)).and_then(|()| {
            for entry in fs::read_dir(Path::new(SHIPPED).join(HOLIDAYS))? {
                let entry = entry?;
                fs::copy(entry.path(), bundle.join(HOLIDAYS).join(entry.file_name()))?;
            }
            for file in SHARED {
                fs::copy(Path::new(SHIPPED).join(file), bundle.join(file))?;
            }
            files
                .into_iter()
                .try_for_each(|(file, text)| fs::write(bundle.join(file), text))
        });
        match written {
            Ok(()) => Ok(bundle),
            Err(why) => Err(Error::files(&bundle, why)),
        }
    });
    Ok([one?, other?])
}

fn receivers(hook: &str) -> String {
    let receiver = |key: &str| {
        format!(
            "[receiver.{key}]\nchannel = \"webhook\"\nurl = \"{hook}/{key}\"\n\
             attempts_max = 100\nbackoff = \"500ms\"\nbackoff_max = \"2s\"\ntimeout = \"2s\"\n\n"
        )
    };
    let [routed, deadlines] = RECEIVERS;
    format!(
        "{}{}[receiver.console]\nchannel = \"console\"\n\n\
         [[rule]]\nname = \"tell-of-routings\"\nabout = [\"routed\"]\nreceivers = [\"{routed}\"]\n\n\
         [[rule]]\nname = \"tell-of-deadlines\"\nabout = [\"target_breached\"]\n\
         receivers = [\"{deadlines}\", \"console\"]\n\n\
         [[rule]]\nname = \"show-warnings\"\nabout = [\"target_warned\"]\n\
         receivers = [\"console\"]\n",
        receiver(routed),
        receiver(deadlines),
    )
}
