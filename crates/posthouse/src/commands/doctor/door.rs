//! The HTTP door: whether the process behind it is ready, and what it counts.

use std::collections::BTreeMap;

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

/// Dead letters that are looked at for their codes.
const NEWEST_OPEN: [(&str, &str); 2] = [("status", "open"), ("limit", "200")];

/// Some dead letters, as far as the doctor cares.
#[derive(Debug, Default, Deserialize)]
struct Letters {
    dead_letters: Vec<Letter>,
}

#[derive(Debug, Deserialize)]
struct Letter {
    code: String,
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
        let letters = match stats.open_dead_letters {
            0 => Letters::default(),
            // Without their codes there is still their number.
            _ => client
                .get(&["v1", "dead-letters"], &NEWEST_OPEN)
                .await
                .unwrap_or_default(),
        };
        findings.push(dead_letters(stats.open_dead_letters, &letters));
    }
    Ok(findings)
}

fn dead_letters(open: u64, letters: &Letters) -> Finding {
    if open == 0 {
        return Finding::ok("dead letters", "none");
    }
    let mut codes: BTreeMap<&str, usize> = BTreeMap::new();
    for letter in &letters.dead_letters {
        *codes.entry(&letter.code).or_default() += 1;
    }
    let mut found = format!("{open} that nobody dealt with");
    let mut advice = "posthouse dlq list shows them; redrive or drop them".to_owned();
    if !codes.is_empty() {
        let counts: Vec<String> = codes
            .iter()
            .map(|(code, n)| format!("{n} {code}"))
            .collect();
        let codes: Vec<&str> = codes.into_keys().collect();
        found.push_str(&format!("; of the newest {}", counts.join(", ")));
        advice = format!("posthouse explain-error {}; {advice}", codes.join(" "));
    }
    Finding::warn("dead letters", found, advice)
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

#[cfg(test)]
mod tests {
    use super::super::finding::Grade;
    use super::*;

    #[test]
    fn dead_letters_lead_to_the_pages_of_their_codes() {
        let letter = |code: &str| Letter {
            code: code.to_owned(),
        };
        let letters = Letters {
            dead_letters: vec![letter("WIRE0001"), letter("RTR0001"), letter("WIRE0001")],
        };
        let finding = dead_letters(3, &letters);
        assert_eq!(finding.grade, Grade::Warn);
        assert!(finding.found.ends_with("1 RTR0001, 2 WIRE0001"));
        let advice = finding.advice.unwrap();
        assert!(advice.starts_with("posthouse explain-error RTR0001 WIRE0001; "));
        let unknown = dead_letters(3, &Letters::default());
        assert!(unknown.advice.unwrap().starts_with("posthouse dlq list"));
        assert_eq!(dead_letters(0, &letters).grade, Grade::Ok);
    }
}
