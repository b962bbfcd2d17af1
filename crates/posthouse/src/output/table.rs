//! Tables: drawn on a terminal, plain and aligned elsewhere.

use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, presets};

use super::Paint;

/// Columns of text under headings.
#[derive(Debug)]
pub(crate) struct Table {
    headings: Vec<&'static str>,
    right: Vec<usize>,
    rows: Vec<Vec<Field>>,
}

/// One field of a table.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    text: String,
    tone: Tone,
}

/// How loud a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tone {
    Plain,
    Good,
    Warn,
    Bad,
}

impl Table {
    /// A table with these headings.
    pub(crate) fn new<const N: usize>(headings: [&'static str; N]) -> Self {
        Self {
            headings: headings.to_vec(),
            right: Vec::new(),
            rows: Vec::new(),
        }
    }

    /// Writes numbers of this column, from 0, to its right.
    pub(crate) fn right(mut self, column: usize) -> Self {
        self.right.push(column);
        self
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, fields: impl IntoIterator<Item = impl Into<Field>>) {
        self.rows.push(fields.into_iter().map(Into::into).collect());
    }

    /// Adds a row of fields that speak for themselves.
    pub(crate) fn fields<const N: usize>(&mut self, fields: [Field; N]) {
        self.row(fields);
    }

    /// The table as text, without the last line end.
    pub(crate) fn render(self, for_people: bool, paint: Paint) -> String {
        let mut table = comfy_table::Table::new();
        if for_people {
            table.load_style(presets::UTF8_HORIZONTAL_ONLY);
            table.set_content_arrangement(ContentArrangement::Dynamic);
        } else {
            table.load_style(presets::NOTHING);
            table.set_content_arrangement(ContentArrangement::Disabled);
            table.force_no_tty();
        }
        if paint.colours() {
            table.enforce_styling();
        }
        let heading = |heading: &'static str| styled(Cell::new(heading), paint, Tone::Plain, true);
        table.set_header(
            self.headings
                .iter()
                .copied()
                .map(heading)
                .collect::<Vec<_>>(),
        );
        for row in self.rows {
            let cell = |field: Field| styled(Cell::new(field.text), paint, field.tone, false);
            table.add_row(row.into_iter().map(cell).collect::<Vec<_>>());
        }
        if !for_people {
            for column in table.column_iter_mut() {
                column.set_padding((0, 2));
            }
        }
        for index in self.right {
            if let Some(column) = table.column_mut(index) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        table.trim_fmt()
    }
}

fn styled(cell: Cell, paint: Paint, tone: Tone, is_heading: bool) -> Cell {
    if !paint.colours() {
        return cell;
    }
    let cell = if is_heading {
        cell.add_attribute(Attribute::Bold)
    } else {
        cell
    };
    match tone {
        Tone::Plain => cell,
        Tone::Good => cell.fg(Color::Green),
        Tone::Warn => cell.fg(Color::Yellow),
        Tone::Bad => cell.fg(Color::Red),
    }
}

impl Field {
    /// Something that is well.
    pub(crate) fn good(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            tone: Tone::Good,
        }
    }

    /// Something to look at.
    pub(crate) fn warn(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            tone: Tone::Warn,
        }
    }

    /// Something that is wrong.
    pub(crate) fn bad(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            tone: Tone::Bad,
        }
    }

    /// The word for a severity, the worse the louder.
    pub(crate) fn severity(word: &str) -> Self {
        match word {
            "P0" => Self::bad(word),
            "P1" => Self::warn(word),
            _ => word.into(),
        }
    }
}

impl From<&str> for Field {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<String> for Field {
    fn from(text: String) -> Self {
        Self {
            text,
            tone: Tone::Plain,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_get_blanks_and_lines() {
        let mut table = Table::new(["name", "count"]).right(1);
        table.row(["网络", "7"]);
        table.row(["storage", "12"]);
        let text = table.render(false, Paint::new(false));
        expect_test::expect![[r#"
            name     count
            网络         7
            storage     12"#]]
        .assert_eq(&text);
    }
}
