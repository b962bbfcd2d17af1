//! Text without folded lines that still knows where everything stood.
//!
//! iCalendar breaks long lines and begins the next one with a space. The parser wants them
//! whole; people want the line of their file.

use std::ops::Range;

/// Whole lines, each ended by CR LF, and where they come from.
pub(super) struct Unfolded {
    text: String,
    /// For each line of the file: where it begins here, and its bytes in the file.
    lines: Vec<(usize, Range<usize>)>,
}

impl Unfolded {
    pub(super) fn new(file: &str) -> Self {
        let mut unfolded = Self {
            text: String::with_capacity(file.len() + 2),
            lines: Vec::new(),
        };
        let mut at = 0;
        for raw in file.split_inclusive('\n') {
            let line = raw.trim_end_matches(['\n', '\r']);
            unfolded.add(line, at);
            at += raw.len();
        }
        unfolded.text.push_str("\r\n");
        unfolded
    }

    fn add(&mut self, line: &str, at: usize) {
        if line.is_empty() {
            return;
        }
        let rest = line
            .strip_prefix([' ', '\t'])
            .filter(|_| !self.text.is_empty());
        if rest.is_none() && !self.text.is_empty() {
            self.text.push_str("\r\n");
        }
        let part = rest.unwrap_or(line);
        let end = at + line.len();
        self.lines.push((self.text.len(), end - part.len()..end));
        self.text.push_str(part);
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Where a part of [`as_str`](Self::as_str) begins in it; 0 for any other text.
    pub(super) fn offset_of(&self, part: &str) -> usize {
        let start = part.as_ptr().addr().checked_sub(self.text.as_ptr().addr());
        start.filter(|start| *start <= self.text.len()).unwrap_or(0)
    }

    /// The rest of the file's line from the place that is at `offset` here.
    pub(super) fn line_in_file(&self, offset: usize) -> Range<usize> {
        let next = self.lines.partition_point(|(start, _)| *start <= offset);
        let Some((start, bytes)) = next.checked_sub(1).and_then(|line| self.lines.get(line)) else {
            return 0..0;
        };
        let from = (bytes.start + (offset - start)).min(bytes.end);
        from..bytes.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_lines_are_joined_and_found_again() {
        let file = "BEGIN:VEVENT\r\nSUMMARY:New\r\n  Year's\r\n\t Day\n\nDTSTART:x\n";
        let unfolded = Unfolded::new(file);
        assert_eq!(
            unfolded.as_str(),
            "BEGIN:VEVENT\r\nSUMMARY:New Year's Day\r\nDTSTART:x\r\n"
        );
        let found = |part: &str| {
            let at = unfolded.as_str().find(part).unwrap();
            assert_eq!(unfolded.offset_of(&unfolded.as_str()[at..]), at);
            &file[unfolded.line_in_file(at)]
        };
        assert_eq!(found("SUMMARY"), "SUMMARY:New");
        assert_eq!(found("Year's"), "Year's");
        assert_eq!(found("Day"), "Day");
        assert_eq!(found("DTSTART"), "DTSTART:x");
        assert_eq!(unfolded.offset_of("elsewhere"), 0);
        assert_eq!(Unfolded::new("").line_in_file(0), 0..0);
    }
}
