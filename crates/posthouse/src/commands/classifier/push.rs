//! `posthouse classifier push`, `list` and `show`: models in a region's store.

use posthouse_classifier::models::DEFAULT;
use posthouse_model::{Head, Model};
use serde_json::json;

use super::store::{self, Region};
use crate::cli::classifier::models::{ListArgs, PushArgs, ShowArgs};
use crate::exit::{Error, Exit};
use crate::output::{Output, Table};

/// Stores a model in a region.
pub(super) async fn push(args: &PushArgs, output: &Output) -> Result<Exit, Error> {
    let model = store::read_file(&args.model)?;
    let region = Region::open(&args.region).await?;
    let is_new = region.store(&model).await?;
    region.bus.close().await?;
    let (address, bytes) = (model.id(), model.as_bytes().len());
    if output.json() {
        output.object(&json!({"address": address, "bytes": bytes, "new": is_new}))?;
    } else {
        let what = if is_new {
            "is stored in"
        } else {
            "was stored before in"
        };
        let region = region.topology.subjects.region();
        output.note(format!("the model of {bytes} bytes {what} {region}"));
        output.line(address)?;
    }
    Ok(Exit::Done)
}

/// Lists the models of a region.
pub(super) async fn list(args: &ListArgs, output: &Output) -> Result<Exit, Error> {
    let region = Region::open(&args.region).await?;
    let in_force = region.in_force().await?;
    let stored = region.models().await?.names().await?;
    region.bus.close().await?;
    let role = |name: &str| match name {
        name if name == in_force.decides => "decides",
        name if Some(name) == in_force.challenges.as_deref() => "challenges",
        _ => "",
    };
    let mut table = Table::new(["model", "role"]);
    for name in std::iter::once(DEFAULT).chain(stored.iter().map(String::as_str)) {
        if output.json() {
            output.object(&json!({"address": name, "role": role(name)}))?;
        }
        table.fields([name.into(), role(name).into()]);
    }
    if !output.json() {
        output.table(table)?;
    }
    Ok(Exit::Done)
}

/// Shows what a model knows about itself.
pub(super) async fn show(args: &ShowArgs, output: &Output) -> Result<Exit, Error> {
    let model = store::meant(&args.model, &args.region).await?;
    if output.json() {
        let (bytes, header) = (model.as_bytes().len(), model.header());
        let heads: Vec<_> = model.heads().iter().map(told).collect();
        output.object(&json!({
            "address": model.id(), "bytes": bytes, "data": header.data, "seed": header.seed,
            "grams": header.grams, "heads": heads,
        }))?;
        return Ok(Exit::Done);
    }
    output.line(format!("{}  {} bytes", model.id(), model.as_bytes().len()))?;
    output.line(trained_from(&model))?;
    output.table(heads(&model))?;
    Ok(Exit::Done)
}

fn trained_from(model: &Model) -> String {
    let header = model.header();
    format!(
        "trained from {} tickets with SHA-256 {}; {} n-grams",
        header.data.rows, header.data.sha256, header.grams
    )
}

fn told(head: &Head) -> serde_json::Value {
    json!({
        "head": head.name, "choice": head.choice, "labels": head.labels,
        "threshold": head.threshold, "quality": head.quality,
    })
}

fn heads(model: &Model) -> Table {
    let mut table = Table::new(["head", "labels", "tickets", "accuracy", "macro F1", "ECE"]);
    for column in 1..=5 {
        table = table.right(column);
    }
    for head in model.heads() {
        let quality = head.quality;
        table.fields([
            head.name.as_str().into(),
            head.labels.len().to_string().into(),
            quality.rows.to_string().into(),
            format!("{:.3}", quality.accuracy).into(),
            format!("{:.3}", quality.macro_f1).into(),
            format!("{:.3}", quality.ece).into(),
        ]);
    }
    table
}
