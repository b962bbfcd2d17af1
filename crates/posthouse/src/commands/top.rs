//! `posthouse top`: what a deployment does, live.
//!
//! [`source`] reads processes and the desk, [`picture`] is what they said in figures, [`grid`] the
//! same in words and tones; [`draw`] puts that on a terminal and [`live`] keeps it up to date. For
//! scripts, `--json` prints pictures and `--once` prints one.

mod draw;
mod figures;
mod grid;
mod live;
mod picture;
mod source;

use std::io::IsTerminal as _;

use crate::cli::top::TopArgs;
use crate::exit::{Error, Exit};
use crate::output::{Output, Table};
use picture::Picture;
use source::Source;

/// Shows pictures until somebody has seen enough.
pub(super) async fn run(args: &TopArgs, output: &Output) -> Result<Exit, Error> {
    let mut source = Source::new(args)?;
    if !args.once && !output.json() {
        if !std::io::stdout().is_terminal() {
            return Err(
                Error::usage("show a live view: standard output is no terminal")
                    .hint("--once prints one picture, --json one on a line for each reading"),
            );
        }
        live::run(source, args.every, output.paint()).await?;
        return Ok(Exit::Done);
    }
    // The first reading is what rates are measured against.
    source.picture().await;
    loop {
        tokio::time::sleep(args.every).await;
        let picture = source.picture().await;
        print(&picture, output)?;
        if args.once {
            return Ok(exit_of(&picture));
        }
    }
}

/// A picture of nothing but absence is no picture.
fn exit_of(picture: &Picture) -> Exit {
    if picture.processes.iter().any(|process| process.up) {
        Exit::Done
    } else {
        Exit::Unavailable
    }
}

fn print(picture: &Picture, output: &Output) -> Result<(), Error> {
    if output.json() {
        return output.object(picture);
    }
    for grid in grid::all(picture) {
        output.line(output.paint().strong(grid.title))?;
        let mut table = Table::new(grid.headings);
        for column in grid.right() {
            table = table.right(column);
        }
        for row in grid.rows {
            table.fields(row.map(Into::into));
        }
        output.table(table)?;
        output.line("")?;
    }
    output.line(grid::telemetry(picture).text)?;
    for cell in grid::processes(picture) {
        output.line(cell.text)?;
    }
    Ok(())
}
