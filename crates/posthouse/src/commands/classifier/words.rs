//! The words of a taxonomy as rows to learn from.
//!
//! A taxonomy says of each label which words speak for it, in many languages; a few hundred tickets
//! do not hold them all. Each word becomes a row of its own, as a hint: nothing is judged by it.
//!
//! Severity is left out: its words are signs that are added up, and no ticket is a P0 for one.

use posthouse_domain::classify::{Label as Words, Taxonomy};
use posthouse_model::{Corpus, Label, Row};

use crate::commands::bundle;
use crate::exit::Error;
use crate::output::Output;

/// Words that speak for a label less strongly than this are of too many minds to teach.
const WEIGHT_MIN: i32 = 2;

/// Adds the words of a bundle's taxonomy to the end of a corpus, for its fields `category` and
/// `kind`; tells how many.
///
/// # Errors
///
/// When the bundle cannot be used.
pub(super) fn teach(corpus: &mut Corpus, bundle: &str, output: &Output) -> Result<usize, Error> {
    let policy = bundle::usable(&bundle::open(bundle)?, output)?;
    let before = corpus.rows.len();
    add(corpus, &policy.taxonomy);
    Ok(corpus.rows.len() - before)
}

fn add(corpus: &mut Corpus, taxonomy: &Taxonomy) {
    for (field, labels) in [
        ("category", &taxonomy.categories),
        ("kind", &taxonomy.kinds),
    ] {
        if let Some(place) = corpus.fields.iter().position(|it| it == field) {
            labels
                .iter()
                .for_each(|label| add_label(corpus, place, label));
        }
    }
}

fn add_label(corpus: &mut Corpus, place: usize, label: &Words<String>) {
    for word in label.words.iter().filter(|word| word.weight >= WEIGHT_MIN) {
        let mut labels = vec![Label::Missing; corpus.fields.len()];
        labels[place] = Label::One(label.key.clone());
        corpus.rows.push(Row {
            subject: String::new(),
            // A star stands for any ending.
            body: word.text.replace('*', ""),
            labels,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strong_words_teach_the_fields_that_are_learnt() {
        let source = posthouse_policy::Source::shipped("default").unwrap();
        let (policy, _) = posthouse_policy::compile(&source).unwrap();
        let mut corpus = Corpus {
            fields: vec!["severity".to_owned(), "category".to_owned()],
            rows: Vec::new(),
        };
        add(&mut corpus, &policy.taxonomy);
        let expected: usize = policy
            .taxonomy
            .categories
            .iter()
            .flat_map(|label| &label.words)
            .filter(|word| word.weight >= WEIGHT_MIN)
            .count();
        assert!(expected > 1_000, "{expected}");
        assert_eq!(corpus.rows.len(), expected);
        assert!(
            corpus
                .rows
                .iter()
                .all(|row| row.labels[0] == Label::Missing)
        );
        assert!(corpus.rows.iter().all(|row| !row.body.contains('*')));
    }
}
