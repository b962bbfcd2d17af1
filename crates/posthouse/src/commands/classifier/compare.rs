//! `posthouse classifier compare`: two models before the same tickets.

use posthouse_model::{Corpus, Model};

use super::contest::{Compared, compare};
use super::corpus;
use super::from_log::{extend, rows_from_log};
use super::store::{self, Region};
use crate::cli::classifier::models::CompareArgs;
use crate::exit::{Error, Exit};
use crate::output::{Output, Table};

/// Compares.
pub(super) async fn run(args: &CompareArgs, output: &Output) -> Result<Exit, Error> {
    let [a, b] = args.models.as_slice() else {
        return Err(Error::usage("compare: name exactly two models")
            .hint("--model default --model ours.model"));
    };
    let a = store::meant(a, &args.region).await?;
    let b = store::meant(b, &args.region).await?;
    let tickets = tickets(args, &a).await?;
    tell(&compare_all(&a, &b, &tickets)?, output)?;
    Ok(Exit::Done)
}

/// The labelled tickets of the files and of the log, with labels for the heads of `a`.
async fn tickets(args: &CompareArgs, a: &Model) -> Result<Corpus, Error> {
    let fields = fields(a);
    let mut corpus = corpus::read(&args.input, &fields, &args.outside)?;
    if args.from_log {
        let region = Region::open(&args.region).await?;
        let (bus, since) = (region.bus.as_ref(), args.since.since);
        let rows = rows_from_log(bus, &region.topology, since, false).await?;
        region.bus.close().await?;
        extend(&mut corpus, &rows, &args.outside.oos_label);
    }
    Ok(corpus)
}

/// The heads of a model, as fields of labelled tickets.
pub(super) fn fields(model: &Model) -> Vec<String> {
    model.heads().iter().map(|head| head.name.clone()).collect()
}

/// Compares two models.
///
/// # Errors
///
/// [`Exit::Usage`] when the tickets say nothing about any head that both have.
pub(super) fn compare_all(a: &Model, b: &Model, corpus: &Corpus) -> Result<Vec<Compared>, Error> {
    let compared = compare(a, b, corpus);
    if compared.is_empty() {
        let (rows, heads) = (corpus.rows.len(), fields(a).join(", "));
        let message = format!("compare: none of {rows} tickets has a label that both models tell");
        return Err(Error::usage(message).hint(format!("the heads are {heads}")));
    }
    Ok(compared)
}

/// Shows how two models fared.
pub(super) fn tell(compared: &[Compared], output: &Output) -> Result<(), Error> {
    if output.json() {
        return compared.iter().try_for_each(|head| output.object(head));
    }
    let mut table = Table::new([
        "head", "tickets", "disagree", "A right", "B right", "only A", "only B", "p",
    ]);
    for column in 1..=7 {
        table = table.right(column);
    }
    for head in compared {
        table.fields([
            head.head.as_str().into(),
            head.tickets.to_string().into(),
            head.disagree.to_string().into(),
            format!("{:.3}", head.accuracy_a).into(),
            format!("{:.3}", head.accuracy_b).into(),
            head.contest.only_a.to_string().into(),
            head.contest.only_b.to_string().into(),
            format!("{:.3}", head.p_value).into(),
        ]);
    }
    output.table(table)
}
