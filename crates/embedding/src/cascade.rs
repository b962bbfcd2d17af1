//! The cascade: the model answers, and where it is least sure, the embedder is asked as well.
//!
//! Unsure is a text whose score lies below that of a share of the rows of training, chosen by
//! whoever asks. So the rule decides for each text alone, without a look at the others; the share
//! of texts that is embedded in the end is about the one that was asked for where they are like
//! those of training, and larger where they are not, which is as it should be.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use posthouse_model::{
    Best, Corpus, Label, Model, Prediction, Report, Revise, Scratch, Text, evaluate_as,
};

use crate::embed::{self, Embed};
use crate::error::Error;
use crate::limits::SHARE_PERCENT;
use crate::number::percent;
use crate::opinion::{Head, SecondOpinion, Step};

/// Digits of an embedder's address in its name.
const NAME_DIGITS: usize = 12;

/// A model's second opinion, ready to be asked.
#[derive(Debug)]
pub struct Cascade {
    opinion: SecondOpinion,
    embed: Box<dyn Embed>,
    /// Which of a head's steps holds.
    step: usize,
    name: String,
    cost: Mutex<Cost>,
    /// The text that was embedded last: one ticket is asked about by several.
    last: Mutex<Option<(String, Vec<f32>)>>,
    failed: Mutex<Option<Error>>,
}

/// What was embedded, and what it took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Texts that were embedded.
    pub embedded: usize,
    /// Time that embedding took, by the clock.
    pub took: Duration,
}

impl Cascade {
    /// A cascade that embeds a `share` of texts, in 0 to 1, in steps of a hundredth.
    ///
    /// # Errors
    ///
    /// [`Error::Share`] outside [`SHARE_PERCENT`]; [`Error::OtherModel`] or
    /// [`Error::OtherEmbedder`] when the opinion was learnt with others.
    pub fn new(
        opinion: SecondOpinion,
        model: &Model,
        embed: Box<dyn Embed>,
        share: f64,
    ) -> Result<Self, Error> {
        let percent = percent(share);
        if !(SHARE_PERCENT.0..=SHARE_PERCENT.1).contains(&percent) {
            return Err(Error::Share { percent });
        }
        opinion.check(model, embed.as_ref())?;
        let digits = embed.id().get(..NAME_DIGITS).unwrap_or(embed.id());
        Ok(Self {
            name: format!("embedding:{digits}"),
            step: percent - 1,
            opinion,
            embed,
            cost: Mutex::default(),
            last: Mutex::default(),
            failed: Mutex::default(),
        })
    }

    /// What it took until now.
    #[must_use]
    pub fn cost(&self) -> Cost {
        *self.cost.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first failure to embed since this was asked last. Until then, the model's own answers
    /// stood.
    pub fn failure(&self) -> Option<Error> {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.take()
    }

    /// Judges the answers of a head by a field of a corpus, second opinions among them. `None`
    /// when there is no second opinion of that head, or no such field.
    ///
    /// # Errors
    ///
    /// [`Error::Embed`] when a text cannot be embedded.
    pub fn evaluate(
        &self,
        model: &Model,
        corpus: &Corpus,
        field: &str,
    ) -> Result<Option<Report>, Error> {
        let place = corpus.fields.iter().position(|it| it == field);
        let heads = model.head(field).zip(self.opinion.head(field));
        let (Some(place), Some((head, second))) = (place, heads) else {
            return Ok(None);
        };
        let step = self.step_of(second);
        let mut scratch = Scratch::default();
        let mut texts = Vec::new();
        let rows = corpus.rows.iter();
        for row in rows.filter(|row| row.labels[place] != Label::Missing) {
            if model.sums(&row.text(), &mut scratch).best(head).score < step.below {
                texts.push(embed::plain(&row.text()));
            }
        }
        // Asked in the order of the rows, so each unsure row takes the next vector.
        let mut vectors = self.embed(&texts)?.into_iter();
        let report = evaluate_as(model, corpus, field, head.threshold, |row| {
            let sums = model.sums(&row.text(), &mut scratch);
            let own = sums.best(head);
            if own.score >= step.below {
                return own;
            }
            vectors
                .next()
                .map_or(own, |vector| second.answer(head, &sums, &vector, step))
        });
        Ok(report)
    }

    fn step_of(&self, head: &Head) -> Step {
        head.steps[self.step]
    }

    /// The vector of one text.
    fn vector(&self, text: &Text<'_>) -> Result<Vec<f32>, Error> {
        let text = embed::plain(text);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, vector)) = last.as_ref()
            && *known == text
        {
            return Ok(vector.clone());
        }
        let texts = [text];
        let vector = self.embed(&texts)?.pop().unwrap_or_default();
        let [text] = texts;
        *last = Some((text, vector.clone()));
        Ok(vector)
    }

    fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, Error> {
        let began = Instant::now();
        let vectors = embed::all(self.embed.as_ref(), texts)?;
        let mut cost = self.cost.lock().unwrap_or_else(PoisonError::into_inner);
        cost.embedded += texts.len();
        cost.took += began.elapsed();
        Ok(vectors)
    }
}

impl Revise for Cascade {
    fn name(&self) -> &str {
        &self.name
    }

    fn revise<'m>(&self, model: &'m Model, text: &Text<'_>, prediction: &mut Prediction<'m>) {
        let unsure: Vec<usize> = (0..prediction.answers.len())
            .filter(|number| {
                let answer = &prediction.answers[*number];
                let second = self.opinion.head(answer.head);
                second.is_some_and(|second| answer.score < self.step_of(second).below)
            })
            .collect();
        if unsure.is_empty() {
            return;
        }
        let vector = match self.vector(text) {
            Ok(vector) => vector,
            Err(error) => {
                let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
                failed.get_or_insert(error);
                return;
            }
        };
        let mut scratch = Scratch::default();
        let sums = model.sums(text, &mut scratch);
        for number in unsure {
            let answer = &mut prediction.answers[number];
            let heads = model.head(answer.head).zip(self.opinion.head(answer.head));
            let Some((head, second)) = heads else {
                continue;
            };
            let Best {
                label,
                probability,
                score,
            } = second.answer(head, &sums, &vector, self.step_of(second));
            answer.label = &head.labels[label];
            answer.probability = probability;
            answer.margin = sums.margins(head)[label];
            answer.score = score;
            answer.abstained = score < head.threshold;
            answer.revised = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use posthouse_model::{Options, Row, Trained, train_honestly};

    use super::*;
    use crate::embed::tests::Letters;
    use crate::train;

    /// Words of two labels that hardly any row shares, so that words leave the model unsure; the
    /// letters of each label's words are its own, so that [`Letters`] is not.
    fn corpus(rows: std::ops::Range<usize>) -> Corpus {
        let word = |letters: &[u8], number: usize| -> String {
            let letter = |place: u32| letters[number / 5_usize.pow(place) % 5];
            (0..5).map(|place| char::from(letter(place))).collect()
        };
        let row = |number: usize| {
            let (letters, label) = match number % 2 {
                0 => (b"abcde", "first"),
                _ => (b"vwxyz", "second"),
            };
            Row {
                subject: String::new(),
                body: [7, 131, 1_009]
                    .map(|by| word(letters, number * by))
                    .join(" "),
                labels: vec![Label::One(label.to_owned())],
            }
        };
        Corpus {
            fields: vec!["side".to_owned()],
            rows: rows.map(row).collect(),
        }
    }

    fn learnt() -> (Model, SecondOpinion) {
        let corpus = corpus(0..120);
        let Trained { artefact, honest } = train_honestly(&corpus, &Options::default()).unwrap();
        let model = Model::from_bytes(artefact).unwrap();
        let opinion = train(&corpus, &model, &honest, &Letters::default(), 1).unwrap();
        (model, opinion)
    }

    fn cascade(model: &Model, opinion: SecondOpinion, share: f64) -> Cascade {
        Cascade::new(opinion, model, Box::new(Letters::default()), share).unwrap()
    }

    #[test]
    fn the_unsure_are_asked_about_and_nobody_else() {
        let (model, opinion) = learnt();
        let below = opinion.heads[0].steps[19].below;
        let cascade = cascade(&model, opinion, 0.2);
        let mut unsure = 0;
        for row in &corpus(200..400).rows {
            let own = model.predict(&row.text());
            let mut revised = own.clone();
            cascade.revise(&model, &row.text(), &mut revised);
            let is_unsure = own.answers[0].score < below;
            unsure += usize::from(is_unsure);
            assert_eq!(revised.answers[0].revised, is_unsure);
            if is_unsure {
                assert!(revised.answers[0].score <= below);
            } else {
                assert_eq!(revised, own);
            }
        }
        assert!((1..200).contains(&unsure), "{unsure}");
        assert_eq!(cascade.cost().embedded, unsure);
    }

    #[test]
    fn a_second_opinion_that_knows_better_helps() {
        let (model, opinion) = learnt();
        let judged = corpus(400..600);
        let own = posthouse_model::evaluate(&model, &judged, "side").unwrap();
        let cascade = cascade(&model, opinion, 1.0);
        let both = cascade.evaluate(&model, &judged, "side").unwrap().unwrap();
        assert_eq!(cascade.cost().embedded, 200);
        assert!(both.accuracy >= own.accuracy, "{both:?}");
        assert!(both.accuracy > 0.99, "{both:?}");
        assert_eq!(cascade.evaluate(&model, &judged, "other").unwrap(), None);
    }

    #[test]
    fn revision_and_evaluation_say_the_same() {
        let (model, opinion) = learnt();
        let judged = corpus(600..700);
        let cascade = cascade(&model, opinion, 0.5);
        let report = cascade.evaluate(&model, &judged, "side").unwrap().unwrap();
        let right = judged.rows.iter().filter(|row| {
            let mut said = model.predict(&row.text());
            cascade.revise(&model, &row.text(), &mut said);
            row.labels[0].as_slice() == [said.answers[0].label]
        });
        let expected = crate::number::real(right.count()) / 100.0;
        assert!((report.accuracy - expected).abs() < 1e-9, "{report:?}");
    }

    #[test]
    fn an_embedder_that_fails_leaves_the_models_answer_and_says_so() {
        let (model, opinion) = learnt();
        let broken = Box::new(Letters { is_broken: true });
        let cascade = Cascade::new(opinion, &model, broken, 1.0).unwrap();
        let text = Text {
            subject: "",
            body: "abc",
        };
        let own = model.predict(&text);
        let mut said = own.clone();
        cascade.revise(&model, &text, &mut said);
        assert_eq!(said, own);
        assert_eq!(cascade.failure().map(|error| error.code()), Some("EMB0001"));
        assert_eq!(cascade.failure(), None);
    }

    #[test]
    fn what_does_not_belong_together_is_refused() {
        let (model, opinion) = learnt();
        let refused = |opinion: &SecondOpinion, share: f64| {
            let letters = Box::new(Letters::default());
            Cascade::new(opinion.clone(), &model, letters, share).unwrap_err()
        };
        assert_eq!(refused(&opinion, 0.0), Error::Share { percent: 0 });
        let mut other = opinion.clone();
        other.embedder = "another".to_owned();
        assert!(matches!(refused(&other, 0.2), Error::OtherEmbedder { .. }));
        other.model = "another".to_owned();
        assert!(matches!(refused(&other, 0.2), Error::OtherModel { .. }));
    }

    #[test]
    fn what_is_written_is_read_and_nothing_else() {
        let (_, opinion) = learnt();
        let bytes = opinion.to_bytes();
        assert_eq!(SecondOpinion::from_bytes(&bytes), Ok(opinion));
        for place in (0..bytes.len()).step_by(97) {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            let error = SecondOpinion::from_bytes(&changed).unwrap_err();
            assert_eq!(error.code(), "EMB0002");
            assert!(SecondOpinion::from_bytes(&bytes[..place]).is_err());
        }
    }

    #[test]
    fn equal_rows_give_equal_bytes() {
        assert_eq!(learnt().1.to_bytes(), learnt().1.to_bytes());
    }
}
