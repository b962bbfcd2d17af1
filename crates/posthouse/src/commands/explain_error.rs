//! `posthouse explain-error`: what a code means, and what to do.

use serde::Serialize;

use crate::cli::explain_error::ExplainErrorArgs;
use crate::error_pages::{self, Page};
use crate::exit::{Error, Exit};
use crate::output::{Output, Paint, Table};

/// A page, for programs.
#[derive(Debug, Serialize)]
struct Told {
    code: &'static str,
    title: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<&'static str>,
}

/// Prints pages, or the list of them.
pub(super) fn run(args: &ExplainErrorArgs, output: &Output) -> Result<Exit, Error> {
    if args.codes.is_empty() {
        return list(output);
    }
    let pages = args
        .codes
        .iter()
        .map(|code| error_pages::find(code).ok_or_else(|| unknown(code)))
        .collect::<Result<Vec<_>, _>>()?;
    for (index, page) in pages.into_iter().enumerate() {
        if output.json() {
            output.object(&told(page, Some(page.text)))?;
            continue;
        }
        if index > 0 {
            output.line("")?;
        }
        output.line(drawn(page, output.paint()))?;
    }
    Ok(Exit::Done)
}

fn list(output: &Output) -> Result<Exit, Error> {
    if output.json() {
        error_pages::all().try_for_each(|page| output.object(&told(page, None)))?;
        return Ok(Exit::Done);
    }
    let mut table = Table::new(["code", "what it means"]);
    for page in error_pages::all() {
        table.row([page.code, page.title()]);
    }
    output.table(table)?;
    Ok(Exit::Done)
}

fn unknown(code: &str) -> Error {
    let hint = match error_pages::nearest(code) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => "posthouse explain-error lists all of them".to_owned(),
    };
    Error::new(
        Exit::NotFound,
        format!("find a page for `{code}`: no error has that code"),
    )
    .hint(hint)
}

fn told(page: Page, text: Option<&'static str>) -> Told {
    Told {
        code: page.code,
        title: page.title(),
        page: text,
    }
}

/// The page as it is; headings stand out where there are colours.
fn drawn(page: Page, paint: Paint) -> String {
    if !paint.colours() {
        return page.text.trim_end().to_owned();
    }
    let mut is_code = false;
    let mut lines = Vec::new();
    for line in page.text.trim_end().lines() {
        let is_fence = line.starts_with("```");
        is_code ^= is_fence;
        lines.push(match line.strip_prefix('#') {
            Some(heading) if !is_code => paint.strong(heading.trim_start_matches('#').trim()),
            _ if is_code || is_fence => paint.faint(line),
            _ => line.to_owned(),
        });
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_stand_out_and_comments_in_code_do_not() {
        let page = Page {
            code: "BUS0001",
            text: "# BUS0001: it\n\n```toml\n# a comment\n```\n",
        };
        let text = drawn(page, Paint::new(true));
        assert!(
            text.starts_with(&Paint::new(true).strong("BUS0001: it")),
            "{text:?}"
        );
        assert!(text.contains("# a comment"), "{text:?}");
        assert_eq!(drawn(page, Paint::new(false)), page.text.trim_end());
    }
}
