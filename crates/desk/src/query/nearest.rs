//! What somebody meant who wrote a word that is not known.

/// How alike two words must be to be offered, from 0 (not at all) to 1 (equal).
const ALIKE_MIN: f64 = 0.5;

/// The nearest of the known words, or all of `named`.
pub(crate) fn hint<'a>(
    word: &str,
    known: impl IntoIterator<Item = &'a str>,
    named: &[&str],
) -> String {
    let word = word.to_lowercase();
    let nearest = known
        .into_iter()
        .map(|known| (strsim::normalized_damerau_levenshtein(&word, known), known))
        .filter(|(alike, _)| *alike >= ALIKE_MIN)
        // Of equals the first: the order of the lists is the order of preference.
        .fold(None, |best: Option<(f64, &str)>, next| match best {
            Some(best) if best.0 >= next.0 => Some(best),
            _ => Some(next),
        });
    match nearest {
        Some((_, nearest)) => format!("did you mean `{nearest}`?"),
        None => format!("want one of {}", named.join(", ")),
    }
}
