//! Words that were not understood, and those that were probably meant.

/// The known word that is most like `word`, when one is like it at all.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = 1 + word.chars().count() / 4;
    known
        .into_iter()
        .map(|candidate| {
            (
                strsim::osa_distance(&word.to_lowercase(), &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, candidate)| candidate)
}

/// More than this many words are not worth reading in a hint.
const LISTED_MAX: usize = 24;

/// A hint: the nearest known word, else all of them, or the first of many.
pub(crate) fn suggestion<'a>(
    word: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
) -> String {
    match nearest(word, known.clone()) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => {
            let known: Vec<&str> = known.into_iter().collect();
            match known.get(..LISTED_MAX) {
                None => format!("known are: {}", known.join(", ")),
                Some(first) => {
                    let count = known.len();
                    format!("known are {count}, such as {}", first.join(", "))
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_suggested() {
        assert_eq!(
            suggestion("defualt", ["default", "a1"]),
            "did you mean `default`?"
        );
        assert_eq!(
            suggestion("zebra", ["default", "a1"]),
            "known are: default, a1"
        );
        let many: Vec<String> = (0..80).map(|number| format!("sink-{number:02}")).collect();
        let hint = suggestion("zebra", many.iter().map(String::as_str));
        assert!(hint.starts_with("known are 80, such as sink-00,"), "{hint}");
        assert!(hint.ends_with("sink-23"), "{hint}");
    }
}
