//! `posthouse agent simulate`: staffs a region for a while.

use std::time::Duration;

use posthouse_policy::Policy;

use super::floor::{Floor, Manner};
use crate::cli::agent::SimulateArgs;
use crate::client::Client;
use crate::commands::bundle;
use crate::exit::{Error, Exit};
use crate::output::Output;

/// Staffs a region until the time is over, or until Ctrl-C.
pub(super) async fn run(args: &SimulateArgs, output: &Output) -> Result<Exit, Error> {
    let client = Client::new(&args.server)?;
    let agents = match args.agents.as_slice() {
        [] => {
            let policy = bundle::usable(&bundle::open(&args.policy)?, output)?;
            roster(&policy, args.region.as_deref())?
        }
        agents => agents.to_vec(),
    };
    let manner = Manner {
        agents,
        seed: args.seed,
        handling: Duration::from_millis(args.handling),
        decline_permille: args.decline,
        tickets: args.tickets,
        stay: Duration::from_secs(args.seconds),
    };
    output.note(format!(
        "{} agents for up to {} s; Ctrl-C sends them home",
        manner.agents.len(),
        args.seconds
    ));
    let end = tokio_util::sync::CancellationToken::new();
    let asked = end.clone();
    let listener = tokio::spawn(async move {
        // Where signals cannot be heard, the time ends it.
        if tokio::signal::ctrl_c().await.is_ok() {
            asked.cancel();
        }
    });
    let done = Floor::new(client, manner).work(end).await;
    listener.abort();
    let done = done?;
    if output.json() {
        output.object(&done)?;
    } else {
        output.line(format!(
            "{} agents: {} accepted, {} declined, {} too late, {} resolved in {:.1} s",
            done.agents, done.accepted, done.declined, done.refused, done.resolved, done.seconds
        ))?;
    }
    Ok(Exit::Done)
}

/// The agents of a policy's roster; of a region those who sit where it is served.
///
/// # Errors
///
/// [`Exit::Refused`] when there are none.
pub(crate) fn roster(policy: &Policy, region: Option<&str>) -> Result<Vec<String>, Error> {
    let centres = region.and_then(|region| policy.regions.get(region));
    let serves = |centre: &String| centres.is_none_or(|region| region.centres.contains(centre));
    let agents = policy.dispatch.agents.iter();
    let agents: Vec<String> = agents
        .filter(|agent| serves(&agent.centre))
        .map(|agent| agent.key.clone())
        .collect();
    if agents.is_empty() {
        let message = format!("staff a region: policy {} has nobody for it", policy.name);
        return Err(Error::new(Exit::Refused, message).hint("agents.toml is the roster"));
    }
    Ok(agents)
}
