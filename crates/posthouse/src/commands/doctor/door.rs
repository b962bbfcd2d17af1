//! The HTTP door: whether the process behind it is ready, and what it counts.

use serde::Deserialize;

use super::finding::Finding;
use crate::bus::{About, about};
use crate::cli::connect::ServerArgs;
use crate::client::Client;
use crate::exit::{Error, Exit};

/// What the read side counts, as far as the doctor cares.
#[derive(Debug, Deserialize)]
struct Stats {
    open_dead_letters: u64,
}

/// Looks at the HTTP door.
///
/// # Errors
///
/// [`Exit::Usage`] when the address is none.
pub(super) async fn examine(server: &ServerArgs) -> Result<Vec<Finding>, Error> {
    let client = Client::new(server)?;
    let what = format!("http {}", client.server());
    let ready = client.get_text(&["readyz"], &[]).await;
    let mut findings = vec![match ready {
        Ok(_) => Finding::ok(&what, "ready"),
        Err(error) if error.exit() == Exit::Unavailable => {
            let advice = "start it (posthouse up), or say where it is (--server)";
            Finding::problem(&what, format!("failed to {error}"), advice)
        }
        Err(error) => {
            let advice = "is this the address of a Posthouse?";
            Finding::problem(&what, format!("failed to {error}"), advice)
        }
    }];
    if let Ok(about) = about(server).await {
        findings.push(version(&about));
    }
    if let Ok(stats) = client.get::<Stats>(&["v1", "stats"], &[]).await {
        findings.push(dead_letters(stats.open_dead_letters));
    }
    Ok(findings)
}

fn dead_letters(open: u64) -> Finding {
    match open {
        0 => Finding::ok("dead letters", "none"),
        _ => {
            let advice = "posthouse dlq list shows why; redrive or drop them";
            Finding::warn(
                "dead letters",
                format!("{open} that nobody dealt with"),
                advice,
            )
        }
    }
}

fn version(about: &About) -> Finding {
    let ours = env!("CARGO_PKG_VERSION");
    if about.version == ours {
        return Finding::ok("version", ours);
    }
    let found = format!("the server is {}, this command is {ours}", about.version);
    Finding::warn(
        "version",
        found,
        "adjacent versions work together; others may not",
    )
}
