//! `posthouse classifier shadow` and `promote`: which model runs beside, and which one decides.
//!
//! Both change one table of the bundle in force and activate the outcome, so the change takes
//! effect at one place of every partition, is in the log with who made it, and is undone by naming
//! the model from before.

use std::path::Path;

use posthouse_model::Model;
use posthouse_policy::Source;
use posthouse_runtime::clock::Clock;
use posthouse_runtime::policies;
use serde_json::json;

use super::choice::{Change, NONE, changed};
use super::compare::{compare_all, fields, tell};
use super::contest::Compared;
use super::corpus;
use super::store::Region;
use crate::cli::classifier::OutsideArgs;
use crate::cli::classifier::models::{PromoteArgs, ShadowArgs};
use crate::commands::bundle;
use crate::exit::{Error, Exit};
use crate::output::Output;

/// Lets a model run beside, or none.
pub(super) async fn shadow(args: &ShadowArgs, output: &Output) -> Result<Exit, Error> {
    let region = Region::open(&args.region).await?;
    let in_force = region.in_force().await?;
    let name = region.name(&args.model).await?;
    // Whether it can be used is better known before than after.
    region.model(&name).await?;
    let source = changed(&in_force.source, Change::Challenge(&name))?;
    let version = activate(&region, &source, &args.by.by, output).await?;
    region.bus.close().await?;
    if output.json() {
        output.object(&json!({"challenger": name, "version": version}))?;
    } else {
        output.note(match name.as_str() {
            NONE => "no model runs beside the one that decides".to_owned(),
            name => format!("model {name} runs beside the one that decides"),
        });
        output.line(version)?;
    }
    Ok(Exit::Done)
}

/// Lets another model decide.
pub(super) async fn promote(args: &PromoteArgs, output: &Output) -> Result<Exit, Error> {
    let region = Region::open(&args.region).await?;
    let in_force = region.in_force().await?;
    let name = region.name(&args.model).await?;
    let model = region.model(&name).await?;
    // One that the store has lost is a reason to promote another, and none to refuse that.
    let now = match region.model(&in_force.decides).await {
        Err(_) if args.test.is_none() => None,
        now => now?,
    };
    if let Some(lost) = lost(now.as_ref(), model.as_ref()) {
        output.warning(format!(
            "the model was not taught {lost}: words alone decide"
        ));
    }
    if let Some(file) = &args.test {
        let compared = on_test(file, &args.outside, now, model)?;
        if !output.json() {
            tell(&compared, output)?;
        }
        refuse_worse(&compared, args.alpha)?;
    }
    let source = changed(&in_force.source, Change::Decide(&name))?;
    let version = activate(&region, &source, &args.by.by, output).await?;
    region.bus.close().await?;
    let was = in_force.decides;
    if output.json() {
        output.object(&json!({"model": name, "was": was, "version": version}))?;
    } else {
        output.note(format!(
            "model {name} decides from here on; `posthouse classifier promote {was}` is the way back"
        ));
        output.line(version)?;
    }
    Ok(Exit::Done)
}

/// The heads that the model that decides now has and the next one has not, in words.
fn lost(now: Option<&Model>, next: Option<&Model>) -> Option<String> {
    let (now, next) = now.zip(next)?;
    let heads = now.heads().iter().map(|head| head.name.as_str());
    let lost: Vec<&str> = heads.filter(|head| next.head(head).is_none()).collect();
    (!lost.is_empty()).then(|| lost.join(", "))
}

/// How the model that decides now and the one that is to decide fare on labelled tickets.
///
/// # Errors
///
/// [`Exit::Usage`] where one of them is no model: words have nothing to be compared by here.
fn on_test(
    file: &Path,
    outside: &OutsideArgs,
    now: Option<Model>,
    next: Option<Model>,
) -> Result<Vec<Compared>, Error> {
    let Some((now, next)) = now.zip(next) else {
        let message = "compare on the test: one of the two is no model, words alone decide";
        return Err(Error::usage(message).hint("leave --test out to go from or to words alone"));
    };
    let tickets = corpus::read(&[file.to_owned()], &fields(&now), outside)?;
    compare_all(&now, &next, &tickets)
}

/// Refuses a model that is worse than the one that decides, on any head.
fn refuse_worse(compared: &[Compared], alpha: Option<f64>) -> Result<(), Error> {
    let worse: Vec<String> = compared
        .iter()
        .filter(|head| head.b_is_worse(alpha))
        .map(|head| {
            format!(
                "{} {:.3} after {:.3} (p = {:.3}, {} tickets)",
                head.head, head.accuracy_b, head.accuracy_a, head.p_value, head.tickets
            )
        })
        .collect();
    if worse.is_empty() {
        return Ok(());
    }
    let message = format!(
        "promote the model: it is right less often: {}",
        worse.join("; ")
    );
    Err(Error::new(Exit::Refused, message)
        .hint("--alpha 0.05 lets a loss pass that chance explains as well"))
}

/// Puts a bundle in force; gives its version.
async fn activate(
    region: &Region,
    source: &Source,
    by: &str,
    output: &Output,
) -> Result<String, Error> {
    bundle::usable(source, output)?;
    let now = Clock::system().now();
    policies::activate(region.bus.as_ref(), &region.topology, source, by, now).await?;
    Ok(source.version().to_string())
}
