//! What a bundle says, for people.

use posthouse_domain::region::NumberFormat;
use posthouse_domain::sla::{Promise, Sla, Target};
use posthouse_domain::ticket::{Labels, Sentiment, Severity};
use posthouse_policy::{Policy, Source};
use posthouse_runtime::policies::Policies;
use serde_json::{Value, json};

use crate::bus;
use crate::cli::policy::ShowArgs;
use crate::commands::bundle;
use crate::exit::{Error, Exit};
use crate::output::{Output, Table};

/// The word for the bundle in force.
const ACTIVE: &str = "active";

/// Shows a bundle.
pub(super) async fn run(args: &ShowArgs, output: &Output) -> Result<Exit, Error> {
    let source = if args.bundle == ACTIVE {
        active(args).await?
    } else {
        bundle::open(&args.bundle)?
    };
    let policy = bundle::usable(&source, output)?;
    if output.json() {
        output.object(&object(&policy))?;
    } else {
        show(&policy, output)?;
    }
    Ok(Exit::Done)
}

/// The bundle in force in the region.
async fn active(args: &ShowArgs) -> Result<Source, Error> {
    let connected = bus::connect(&args.bus, &args.server).await?;
    let policies = Policies::new(connected.bus, &connected.topology);
    let Some(version) = policies.active().await? else {
        let region = connected.topology.subjects.region();
        let message = format!("find a policy in force in {region}: none was ever activated");
        return Err(Error::new(Exit::NotFound, message)
            .hint(format!("posthouse policy apply default --region {region}")));
    };
    Ok(policies.source(&version).await?)
}

fn show(policy: &Policy, output: &Output) -> Result<(), Error> {
    let paint = output.paint();
    output.line(format!("{}  {}", paint.strong(&policy.name), policy.title))?;
    if !policy.description.is_empty() {
        output.line(&policy.description)?;
    }
    output.line(paint.faint(&format!("version {}", policy.version)))?;
    output.line(format!("tiers: {}", policy.tiers.join(", ")))?;
    output.line(format!("channels: {}", policy.channels.join(", ")))?;
    output.line(format!("model: {}", model(policy)))?;
    for (heading, table) in [
        ("Regions", regions(policy)),
        ("Promises", promises(policy)),
        ("Routing", routing(policy)),
        ("Labels", label_rules(policy)),
        ("Receivers", receivers(policy)),
    ] {
        output.line("")?;
        output.line(paint.strong(heading))?;
        output.table(table)?;
    }
    Ok(())
}

fn regions(policy: &Policy) -> Table {
    let mut table = Table::new(["region", "title", "language", "centres", "numbers"]);
    for region in policy.regions.values() {
        table.fields([
            region.key.as_str().into(),
            region.title.as_str().into(),
            region.language.as_str().into(),
            region.centres.join(", ").into(),
            first_number(&region.numbers).into(),
        ]);
    }
    table
}

fn promises(policy: &Policy) -> Table {
    let mut table = Table::new(["sla", "calendar", "target", "P0", "P1", "P2", "P3"]);
    for sla in &policy.slas.slas {
        for target in Target::ALL {
            let promise = |severity| promise(sla, target, severity).into();
            table.fields([
                sla.name.as_str().into(),
                sla.calendar.as_str().into(),
                target.as_str().into(),
                promise(Severity::P0),
                promise(Severity::P1),
                promise(Severity::P2),
                promise(Severity::P3),
            ]);
        }
    }
    table
}

fn promise(sla: &Sla, target: Target, severity: Severity) -> String {
    sla.promise(target, severity)
        .map_or_else(|| "-".to_owned(), |promise| promise.to_string())
}

fn routing(policy: &Policy) -> Table {
    let mut table = Table::new(["rule", "level", "skill", "centre"]);
    for rule in policy
        .routing
        .rules
        .iter()
        .chain([&policy.routing.fallback])
    {
        table.fields([
            rule.name.as_str().into(),
            rule.level.as_str().into(),
            rule.skill.as_str().into(),
            rule.centre.as_deref().unwrap_or("the region's").into(),
        ]);
    }
    table
}

/// The model that votes beside the words.
fn model(policy: &Policy) -> String {
    let chosen = &policy.taxonomy.model;
    match (&chosen.name, chosen.abstain_below_permille) {
        (None, _) => "none".to_owned(),
        (Some(name), 0) => name.clone(),
        (Some(name), permille) => format!("{name}, abstains below {permille} ‰"),
    }
}

fn label_rules(policy: &Policy) -> Table {
    let mut table = Table::new(["rule", "forces", "suggests", "vetoes"]);
    for rule in &policy.label_rules.rules {
        table.fields([
            rule.name.as_str().into(),
            labels(&rule.force).into(),
            labels(&rule.suggest).into(),
            labels(&rule.veto).into(),
        ]);
    }
    table
}

/// Labels in a line.
fn labels(labels: &Labels) -> String {
    let words = [
        labels.category.as_deref(),
        labels.kind.as_deref(),
        labels.severity.map(Severity::as_str),
        labels.sentiment.map(Sentiment::as_str),
    ];
    let tags = labels.tags.iter().flatten().map(String::as_str);
    let said: Vec<&str> = words.into_iter().flatten().chain(tags).collect();
    if said.is_empty() {
        "-".to_owned()
    } else {
        said.join(", ")
    }
}

fn receivers(policy: &Policy) -> Table {
    let mut table = Table::new(["rule", "receiver"]);
    for rule in &policy.receivers.rules {
        table.fields([rule.name.as_str().into(), rule.receivers.join(", ").into()]);
    }
    table
}

/// The bundle as one object, without the words of its taxonomy.
fn object(policy: &Policy) -> Value {
    let promises: Vec<Value> = policy.slas.slas.iter().flat_map(promised).collect();
    let categories: Vec<&str> = policy
        .taxonomy
        .categories
        .iter()
        .map(|label| label.key.as_str())
        .collect();
    json!({
        "name": policy.name,
        "title": policy.title,
        "description": policy.description,
        "version": policy.version,
        "tiers": policy.tiers,
        "channels": policy.channels,
        "regions": policy.regions.values().collect::<Vec<_>>(),
        "centres": policy.routing.centres.values().collect::<Vec<_>>(),
        "rules": policy.routing.rules,
        "fallback": policy.routing.fallback,
        "defaults": policy.routing.defaults,
        "residency": policy.routing.residency,
        "entries": policy.routing.entries,
        "overflows": policy.routing.overflows.list,
        "promises": promises,
        "categories": categories,
        "model": policy.taxonomy.model,
        "label_rules": policy.label_rules.rules,
        "asking": policy.taxonomy.asking,
    })
}

fn promised(sla: &Sla) -> Vec<Value> {
    let one = |(&(target, severity), promise): (&(Target, Severity), &Promise)| {
        json!({
            "sla": sla.name,
            "calendar": sla.calendar,
            "target": target.as_str(),
            "severity": severity.as_str(),
            "target_ms": promise.working_ms(),
            "business_days": promise.business_days(),
        })
    };
    sla.promises.iter().map(one).collect()
}

/// How the first number of a year looks.
fn first_number(format: &NumberFormat) -> String {
    let width = usize::from(format.digits);
    format!("{}-YYYY-{:0width$}", format.prefix, 1)
}
