//! Somebody who is asked where the model is unsure: heard as the model is, and named.

mod common;

use std::sync::Arc;

use posthouse_model::{Model, Prediction, Revise, Text};

/// Says `storage` of whatever he is asked.
#[derive(Debug)]
struct Stubborn;

impl Revise for Stubborn {
    fn name(&self) -> &str {
        "embedding:stubborn"
    }

    fn revise<'m>(&self, model: &'m Model, _: &Text<'_>, prediction: &mut Prediction<'m>) {
        let head = model.head("category").expect("the shipped model has it");
        let label = head.labels.iter().find(|label| *label == "storage");
        for answer in &mut prediction.answers {
            if answer.head == "category" {
                answer.label = label.expect("it is a category");
                answer.probability = 0.97;
                answer.abstained = false;
                answer.revised = true;
            }
        }
    }
}

#[test]
fn a_second_opinion_decides_in_the_place_of_the_models() {
    let engine = common::whole().with_second_opinion(Arc::new(Stubborn));
    let opened = common::opened("", "a question about something or other");
    let classified = common::classify(&engine, &opened);
    assert_eq!(classified.features.category, "storage");
    let of = |field: &str| {
        classified
            .reasons
            .iter()
            .find(|reason| reason.field == field)
    };
    let category = of("category").expect("each label has a reason");
    assert_eq!(category.rule, "embedding:stubborn");
    let kind = of("kind").expect("each label has a reason");
    assert!(!kind.rule.starts_with("embedding"), "{kind:?}");
}
