//! Letters that tell a language among those of its script.
//!
//! `whichlang` knows no Polish, Czech, Hungarian or Romanian and takes them for Turkish or
//! Spanish; all of Arabic and of Cyrillic letters would be Arabic and Russian. Each of these
//! languages has letters that its neighbours lack. Danish and Norwegian have the same ones, so
//! they are not told apart here, or at all.

/// Languages and the letters, in lower case, that only they have among their neighbours.
const TELLING: [(&str, &str); 8] = [
    ("fa", "پچژگکی"),
    ("ur", "ٹڈڑےںھ"),
    ("uk", "іїєґ"),
    ("be", "ў"),
    ("pl", "łąęśżźń"),
    ("cs", "řěů"),
    ("hu", "őű"),
    ("ro", "țșţ"),
];

/// How many of the telling letters of each language were seen.
#[derive(Debug, Default)]
pub(super) struct Letters([usize; TELLING.len()]);

impl Letters {
    /// Notes a letter, in lower case.
    pub(super) fn see(&mut self, c: char) {
        // Every telling letter is outside ASCII, and few texts have many that are.
        if !c.is_ascii() {
            for (count, (_, letters)) in self.0.iter_mut().zip(TELLING) {
                *count += usize::from(letters.contains(c));
            }
        }
    }

    /// The language among `languages` of which most letters were seen, at least `least`.
    pub(super) fn most(&self, languages: &[&str], least: usize) -> Option<(&'static str, usize)> {
        self.0
            .iter()
            .zip(TELLING)
            .filter(|(count, (language, _))| **count >= least && languages.contains(language))
            .map(|(count, (language, _))| (language, *count))
            // Of equal counts the first: the table begins with the larger languages.
            .rev()
            .max_by_key(|(_, count)| *count)
    }
}
