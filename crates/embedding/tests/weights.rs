//! What needs a sentence model's weights. Skipped, and says so, where no folder is named.
#![cfg(feature = "candle")]

use std::path::PathBuf;

use posthouse_embedding::{Bert, Embed};

/// Names the folder: `config.json`, `tokenizer.json`, `model.safetensors`.
const FOLDER: &str = "POSTHOUSE_EMBEDDING_MODEL";

fn folder(test: &str) -> Option<PathBuf> {
    let folder = std::env::var_os(FOLDER).map(PathBuf::from);
    if folder.is_none() {
        use std::io::Write;
        // Past the capture of output: a skipped test is seen.
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED {test}: {FOLDER} names no folder"
        );
    }
    folder
}

fn near(left: &[f32], right: &[f32]) -> f32 {
    left.iter()
        .zip(right)
        .map(|(left, right)| left * right)
        .sum()
}

#[test]
fn texts_that_mean_the_same_lie_near_each_other() {
    let Some(folder) = folder("texts_that_mean_the_same_lie_near_each_other") else {
        return;
    };
    let bert = Bert::open(&folder).unwrap();
    let texts = [
        "my server cannot be reached any more",
        "the machine is offline since this morning",
        "please send me last month's invoice",
    ];
    let vectors = bert.embed(&texts).unwrap();
    assert!(vectors.iter().all(|vector| vector.len() == bert.width()));
    assert!(
        vectors
            .iter()
            .all(|vector| (near(vector, vector) - 1.0).abs() < 1e-4)
    );
    let same = near(&vectors[0], &vectors[1]);
    let other = near(&vectors[0], &vectors[2]);
    assert!(same > other + 0.2, "{same} {other}");
}

#[test]
fn company_changes_a_vector_by_next_to_nothing() {
    let Some(folder) = folder("company_changes_a_vector_by_next_to_nothing") else {
        return;
    };
    let bert = Bert::open(&folder).unwrap();
    let alone = bert.embed(&["short"]).unwrap();
    let long = "a much longer text ".repeat(20);
    let together = bert.embed(&["short", &long]).unwrap();
    assert!(near(&alone[0], &together[0]) > 0.999);
}

#[test]
fn any_text_has_a_vector() {
    let Some(folder) = folder("any_text_has_a_vector") else {
        return;
    };
    let bert = Bert::open(&folder).unwrap();
    let huge = "x ".repeat(100_000);
    let texts = [
        "",
        " ",
        "\u{0}",
        "🦀🦀🦀",
        "مرحبا",
        "连不上了",
        huge.as_str(),
    ];
    for vector in bert.embed(&texts).unwrap() {
        assert!(vector.iter().all(|value| value.is_finite()));
    }
    assert!(bert.embed(&[]).unwrap().is_empty());
}
