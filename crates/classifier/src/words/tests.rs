//! What holds for words.

use posthouse_domain::classify::Word;

use super::*;

/// One contest; each label is a list of `word=weight`.
fn words(labels: &[&str]) -> Words {
    let mut builder = Builder::default();
    let contest = builder.contest(labels.len());
    for (label, list) in labels.iter().enumerate() {
        for word in list.split(';') {
            let (text, weight) = word.rsplit_once('=').unwrap();
            let word = Word {
                text: text.to_owned(),
                weight: weight.parse().unwrap(),
            };
            builder.add(contest, label, "test", &word).unwrap();
        }
    }
    builder.build().unwrap()
}

fn score(words: &Words, text: &str) -> i32 {
    words.tally(&fold(text), 0).score(0, 0)
}

#[test]
fn whole_words_where_the_script_separates_them() {
    let words = words(&["rds=1"]);
    for text in [
        "RDS",
        "rds01 is slow",
        "RDS实例",
        "my-rds-3",
        "（ＲＤＳ）",
        "rds_main",
    ] {
        assert_eq!(score(&words, text), 1, "{text}");
    }
    for text in ["records", "ards", "rdsé", "", "r d s"] {
        assert_eq!(score(&words, text), 0, "{text}");
    }
}

#[test]
fn digits_are_whole_too() {
    let words = words(&["502=1"]);
    assert_eq!(score(&words, "HTTP 502!"), 1);
    assert_eq!(score(&words, "http502"), 1);
    assert_eq!(score(&words, "1502 5021"), 0);
}

#[test]
fn anywhere_where_it_does_not() {
    let words = words(&["宕机=1;서버=1;فاتوره=1;障害=1"]);
    assert_eq!(score(&words, "昨晚宕机了"), 1);
    assert_eq!(score(&words, "서버가 죽었습니다"), 1);
    assert_eq!(score(&words, "الفاتورة"), 1);
    assert_eq!(score(&words, "大規模障害です"), 1);
}

#[test]
fn stars_open_an_end() {
    let words = words(&["crash*=1;*datenbank=1"]);
    assert_eq!(score(&words, "it crashes"), 1);
    assert_eq!(score(&words, "a bitcrash"), 0);
    assert_eq!(score(&words, "Produktionsdatenbank"), 1);
    assert_eq!(score(&words, "Datenbanken"), 0);
}

#[test]
fn the_longer_word_silences_the_shorter() {
    let words = words(&["urgent=5;urgent care=7", "not urgent=2;no=1"]);
    let tally = words.tally("this is not urgent", 0);
    assert_eq!((tally.score(0, 0), tally.score(0, 1)), (0, 2));
    // Overlapping, but neither inside the other: both count.
    let tally = words.tally("not urgent care", 0);
    assert_eq!((tally.score(0, 0), tally.score(0, 1)), (7, 2));
}

#[test]
fn the_headline_counts_more_and_repeats_are_capped() {
    let words = words(&["disk=2"]);
    let text = "disk\ndisk disk disk disk disk";
    assert_eq!(words.tally("disk", 0).score(0, 0), 2);
    assert_eq!(words.tally("disk", 4).score(0, 0), 2 * HEADLINE_HITS);
    assert_eq!(words.tally(text, 0).score(0, 0), 2 * HITS_PER_WORD_MAX);
    assert_eq!(words.tally(text, 4).score(0, 0), 2 * HITS_PER_WORD_MAX);
}

#[test]
fn the_first_of_equals_wins() {
    let words = words(&["a=1", "b=2", "c=2"]);
    let tally = words.tally("a b c", 0);
    assert_eq!(
        tally.winner(0),
        Some(Winner {
            label: 1,
            score: 2,
            runner_up: 2
        })
    );
    assert_eq!(tally.evidence(0, 1), "b");
}

#[test]
fn nobody_wins_without_points() {
    let words = words(&["a=-1", "b=1"]);
    assert_eq!(words.tally("a", 0).winner(0), None);
    let winner = words.tally("a b", 0).winner(0);
    assert_eq!(
        winner,
        Some(Winner {
            label: 1,
            score: 1,
            runner_up: 0
        })
    );
}

#[test]
fn evidence_is_short() {
    let list: Vec<String> = (0..40).map(|n| format!("word{n:02}={}", n + 1)).collect();
    let words = words(&[&list.join(";")]);
    let text: Vec<String> = (0..40).map(|n| format!("word{n:02}")).collect();
    let evidence = words.tally(&text.join(" "), 0).evidence(0, 0);
    assert!(evidence.starts_with("word39, word38"), "{evidence}");
    assert!(evidence.chars().count() <= EVIDENCE_CHARS_MAX, "{evidence}");
}

#[test]
fn a_word_given_twice_keeps_the_stronger_weight() {
    assert_eq!(score(&words(&["disk=2;DISK=5;ｄｉｓｋ=3"]), "disk"), 5);
}

#[test]
fn bad_words_are_refused() {
    let mut builder = Builder::default();
    let contest = builder.contest(1);
    let mut add = |text: &str, weight| {
        let word = Word {
            text: text.to_owned(),
            weight,
        };
        builder
            .add(contest, 0, "tag x", &word)
            .map_err(|error| error.to_string())
    };
    assert_eq!(
        add(" * ", 1).unwrap_err(),
        "compile a word of tag x: it is empty"
    );
    assert!(add(&"x".repeat(201), 1).unwrap_err().contains("201 bytes"));
    assert!(add("x", 1001).unwrap_err().contains("1001"));
}
