//! Words as errors quote them.

/// Most characters of a word that an error quotes.
const CHARS_MAX: usize = 64;

/// The beginning of a word, for an error that quotes it. Whoever reads the error may have a
/// terminal, and whoever wrote the word may know that: control characters are not quoted.
pub(crate) fn shown(word: &str) -> String {
    let shown = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    word.chars().take(CHARS_MAX).map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_not_quoted() {
        assert_eq!(shown("P\u{1b}[2J中"), "P\u{fffd}[2J中");
        assert_eq!(shown(&"x".repeat(1_000)).len(), CHARS_MAX);
    }
}
