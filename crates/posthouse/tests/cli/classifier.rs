//! `posthouse classifier` from files to files, without a server.

use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::posthouse::{Ran, run, run_with};

/// What customers of a shop say, by what it is about.
const TEXTS: [(&str, [&str; 6]); 2] = [
    (
        "delivery",
        [
            "where is my parcel, it should have come on monday",
            "the parcel was left at the wrong door",
            "快递还没有到，已经三天了",
            "track my parcel please",
            "the courier never rang, parcel went back",
            "快递员没有打电话就退回了",
        ],
    ),
    (
        "payment",
        [
            "my card was declined at the checkout",
            "you charged my card twice",
            "付款失败，银行卡被扣了两次",
            "refund the charge on my card",
            "the payment page refuses my card",
            "付款页面打不开，卡里钱够的",
        ],
    ),
];

struct Shop(TempDir);

impl Shop {
    /// A folder with `train.jsonl` and `oos.jsonl`.
    fn open() -> Self {
        let shop = Self(tempfile::tempdir().unwrap());
        let mut lines = String::new();
        for (label, texts) in TEXTS {
            for text in texts {
                lines += &json!({"text": text, "topic": label}).to_string();
                lines.push('\n');
            }
        }
        shop.write("train.jsonl", &lines);
        let odd = [
            "tell me a joke",
            "how tall is the eiffel tower",
            "给我讲个笑话",
        ];
        let odd = odd.map(|text| json!({"text": text, "topic": "oos"}).to_string());
        shop.write("oos.jsonl", &odd.join("\n"));
        shop
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    fn path(&self, name: &str) -> String {
        Path::join(self.0.path(), name).to_str().unwrap().to_owned()
    }

    fn train(&self, out: &str) -> Ran {
        let (input, out) = (self.path("train.jsonl"), self.path(out));
        run(&[
            "classifier",
            "train",
            "--input",
            &input,
            "--label",
            "topic",
            "--out",
            &out,
            "--json",
        ])
    }
}

fn last(ran: &Ran) -> Value {
    serde_json::from_str(ran.stdout.lines().last().unwrap()).unwrap()
}

#[test]
fn from_tickets_to_a_model_to_labels() {
    let shop = Shop::open();
    let trained = last(&shop.train("a.model").ends_with(0));
    assert_eq!(
        (&trained["rows"], &trained["classes"]),
        (&json!(12), &json!(2))
    );
    let bytes = std::fs::read(shop.path("a.model")).unwrap();
    assert_eq!(trained["model_bytes"], json!(bytes.len()));
    assert!(trained["train_seconds"].is_f64());

    shop.train("b.model").ends_with(0);
    assert_eq!(
        bytes,
        std::fs::read(shop.path("b.model")).unwrap(),
        "byte by byte"
    );

    let (model, input) = (shop.path("a.model"), shop.path("train.jsonl"));
    let oos = shop.path("oos.jsonl");
    let judged = run(&[
        "classifier",
        "eval",
        "--model",
        &model,
        "--input",
        &input,
        "--label",
        "topic",
        "--oos",
        &oos,
        "--json",
    ]);
    let judged = last(&judged.ends_with(0));
    assert_eq!(judged["n"], json!(12));
    assert_eq!(judged["n_oos"], json!(3));
    for share in [
        "accuracy",
        "macro_f1",
        "ece",
        "coverage_at_budget",
        "in_scope_accuracy",
        "oos_recall",
        "auroc_oos",
    ] {
        let share = judged[share]
            .as_f64()
            .unwrap_or_else(|| panic!("{share}: {judged}"));
        assert!((0.0..=1.0).contains(&share), "{judged}");
    }
    assert!(judged["accuracy"].as_f64().unwrap() > 0.9, "{judged}");

    let ticket = r#"{"id":"t-1","text":"the parcel went to the wrong door"}"#;
    let asked = [
        "classifier",
        "predict",
        "--input",
        "-",
        "--model",
        &model,
        "--json",
    ];
    let predicted = last(&run_with(&asked, ticket).ends_with(0));
    assert_eq!(predicted["id"], json!("t-1"));
    assert_eq!(predicted["topic"]["label"], json!("delivery"));

    let asked = [
        "classifier",
        "explain",
        "the parcel is late",
        "--model",
        &model,
        "--json",
    ];
    let explained = last(&run(&asked).ends_with(0));
    assert_eq!(explained["label"], json!("delivery"));
    let texts: Vec<&str> = explained["toward"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|it| it["text"].as_str())
        .collect();
    assert!(
        texts.iter().any(|text| text.contains("parcel")),
        "{texts:?}"
    );
}

#[test]
fn the_shipped_model_labels_anything() {
    let tickets = [
        json!({"id": 7, "subject": "Cannot connect to MySQL", "body": "too many connections since 9:00"}),
        json!({"text": "😡😡😡"}),
        json!({"text": ""}),
        json!({"text": "\u{202e}تعطل الخادم منذ الصباح"}),
    ];
    let lines = tickets.map(|ticket| ticket.to_string()).join("\n");
    let ran = run_with(&["classifier", "predict", "--input", "-", "--json"], &lines).ends_with(0);
    let told: Vec<Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(told.len(), 4);
    assert_eq!(told[0]["id"], json!("7"));
    assert_eq!(told[0]["category"], json!("database"));
    assert_eq!(told[0]["kind"], json!("incident"));
    for ticket in &told {
        for field in [
            "category",
            "kind",
            "severity",
            "language",
            "sentiment",
            "tags",
            "missing",
            "pii",
            "confidence",
            "abstained",
            "reasons",
        ] {
            assert!(!ticket[field].is_null(), "{field}: {ticket}");
        }
    }
}

#[test]
fn what_cannot_be_learnt_names_file_and_line() {
    let shop = Shop::open();
    let train = |input: &str| {
        let out = shop.path("x.model");
        run(&[
            "classifier",
            "train",
            "--input",
            input,
            "--label",
            "topic",
            "--out",
            &out,
        ])
    };
    let unlabelled = shop.write(
        "u.jsonl",
        "{\"text\":\"a\",\"topic\":\"x\"}\n{\"text\":\"b\"}\n",
    );
    train(&unlabelled).ends_with(2).complains(&[
        "u.jsonl line 2",
        "it has no label `topic`",
        "take the line out",
    ]);
    let alike = shop.write(
        "o.jsonl",
        "{\"text\":\"a\",\"topic\":\"x\"}\n{\"text\":\"b\",\"topic\":\"x\"}",
    );
    train(&alike)
        .ends_with(2)
        .complains(&["every labelled row says `x`", "MDL0003"]);
    let broken = shop.write("b.jsonl", "{\"text\":\"a\",\"topic\":\"x\"}\n{\"text\":");
    train(&broken)
        .ends_with(2)
        .complains(&["b.jsonl line 2", "not JSON"]);
    train(&shop.path("none.jsonl"))
        .ends_with(2)
        .complains(&["none.jsonl"]);
    assert!(
        !Path::new(&shop.path("x.model")).exists(),
        "nothing is left behind"
    );
}

#[test]
fn what_is_no_model_is_refused() {
    let shop = Shop::open();
    let input = shop.path("train.jsonl");
    let eval = |model: &str, label: &str| {
        run(&[
            "classifier",
            "eval",
            "--model",
            model,
            "--input",
            &input,
            "--label",
            label,
        ])
    };
    let other = shop.write("other.model", "no model");
    eval(&other, "topic")
        .ends_with(2)
        .complains(&["MDL0001", "other.model"]);
    shop.train("a.model").ends_with(0);
    let model = shop.path("a.model");
    eval(&model, "colour")
        .ends_with(2)
        .complains(&["`colour`", "it learnt topic"]);
    let whole = std::fs::read(&model).unwrap();
    std::fs::write(&model, &whole[..whole.len() - 1]).unwrap();
    eval(&model, "topic").ends_with(2).complains(&["MDL0001"]);
}
