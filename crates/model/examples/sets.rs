//! tmp
use posthouse_model::*;
use serde_json::Value;
use std::io::Read;
use std::path::Path;
use std::time::Instant;

fn load(path: &Path, field: &str, oos: &[&str]) -> Vec<(String, Label)> {
    let raw = std::fs::read(path).unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(&raw[..])
        .read_to_string(&mut text)
        .unwrap();
    text.lines()
        .map(|l| {
            let v: Value = serde_json::from_str(l).unwrap();
            let t = v["text"].as_str().unwrap().to_owned();
            let label = match &v[field] {
                Value::String(s) if oos.contains(&s.as_str()) => Label::Outside,
                Value::String(s) => Label::One(s.clone()),
                Value::Array(a) => Label::Many(
                    a.iter()
                        .map(|x| {
                            x.as_str()
                                .map(str::to_owned)
                                .unwrap_or_else(|| x.to_string())
                        })
                        .collect(),
                ),
                _ => Label::Missing,
            };
            (t, label)
        })
        .collect()
}
fn corpus(rows: Vec<(String, Label)>) -> Corpus {
    Corpus {
        fields: vec!["label".into()],
        rows: rows
            .into_iter()
            .map(|(body, label)| Row {
                subject: String::new(),
                body,
                labels: vec![label],
            })
            .collect(),
    }
}
fn run(name: &str, train_rows: Vec<(String, Label)>, dev: Vec<(String, Label)>) {
    let mut o = Options::default();
    if let Ok(c) = std::env::var("COST") {
        o.cost = c.parse().unwrap();
    }
    if let Ok(c) = std::env::var("MINDF") {
        o.rows_per_gram_min = c.parse().unwrap();
    }
    if let Ok(c) = std::env::var("FOLDS") {
        o.folds = c.parse().unwrap();
    }
    let tr = corpus(train_rows);
    let dv = corpus(dev);
    let t = Instant::now();
    let bytes = train(&tr, &o).unwrap();
    let secs = t.elapsed().as_secs_f64();
    let m = Model::from_bytes(bytes).unwrap();
    let q = m.heads()[0].quality;
    let t = Instant::now();
    let r = evaluate(&m, &dv, "label").unwrap();
    let us = t.elapsed().as_secs_f64() * 1e6 / dv.rows.len() as f64;
    print!(
        "{name:22} n={} acc {:.2} f1 {:.2} mic {:.2} ece {:.4} | oof {:.2} | T {:.3} cov {:.3} | {:.1}s {:.2}MB grams {} {:.1}us",
        r.rows,
        r.accuracy * 100.,
        r.macro_f1 * 100.,
        r.micro_f1 * 100.,
        r.ece,
        q.accuracy * 100.,
        m.heads()[0].temperature,
        r.coverage,
        secs,
        m.as_bytes().len() as f64 / 1e6,
        m.header().grams,
        us
    );
    if let Some(x) = r.outside {
        print!(
            " | oos acc {:.2} rec {:.2} auroc {:.4} mcc {:.3}",
            x.in_scope_accuracy * 100.,
            x.recall * 100.,
            x.auroc,
            x.correlation
        );
    }
    println!();
}
/// Every fifth row for dev
fn split(rows: Vec<(String, Label)>, k: usize) -> (Vec<(String, Label)>, Vec<(String, Label)>) {
    let mut a = vec![];
    let mut b = vec![];
    for (i, r) in rows.into_iter().enumerate() {
        if (i.wrapping_mul(2654435761) >> 8) % 5 == k {
            b.push(r)
        } else {
            a.push(r)
        }
    }
    (a, b)
}
fn main() {
    let dir = std::env::args().nth(1).unwrap();
    let d = Path::new(&dir);
    let which = std::env::args().nth(2).unwrap_or_default();
    let oos = ["oos", "NO_NODES_DETECTED"];
    let w = |s: &str| which.is_empty() || which.split(',').any(|x| x == s);
    if which == "default" {
        let fields = ["category", "kind", "severity", "sentiment", "tags"];
        let mut c = Corpus {
            fields: fields.iter().map(|f| f.to_string()).collect(),
            rows: vec![],
        };
        let read = |path: &Path, c: &mut Corpus| {
            for l in std::fs::read_to_string(path)
                .unwrap()
                .lines()
                .filter(|l| !l.trim().is_empty())
            {
                let v: Value = match serde_json::from_str(l) {
                    Ok(v) => v,
                    Err(e) => {
                        eprintln!("{e} {l}");
                        continue;
                    }
                };
                c.rows.push(Row {
                    subject: v["subject"].as_str().unwrap_or("").into(),
                    body: v["body"].as_str().unwrap_or("").into(),
                    labels: fields
                        .iter()
                        .map(|f| match &v["expected"][f] {
                            Value::String(s) => Label::One(s.clone()),
                            Value::Array(a) => Label::Many(
                                a.iter().map(|x| x.as_str().unwrap().to_owned()).collect(),
                            ),
                            _ => Label::Missing,
                        })
                        .collect(),
                });
            }
        };
        for e in std::fs::read_dir(d.join("training")).unwrap() {
            let p = e.unwrap().path();
            if p.extension().is_some_and(|x| x == "jsonl") {
                eprintln!("{p:?}");
                read(&p, &mut c);
            }
        }
        let mut o = Options::default();
        if let Ok(c) = std::env::var("COST") {
            o.cost = c.parse().unwrap();
        }
        if let Ok(c) = std::env::var("FOLDS") {
            o.folds = c.parse().unwrap();
        }
        if let Ok(c) = std::env::var("MINDF") {
            o.rows_per_gram_min = c.parse().unwrap();
        }
        let t = Instant::now();
        let bytes = train(&c, &o).unwrap();
        let m = Model::from_bytes(bytes).unwrap();
        for h in m.heads() {
            println!(
                "{} labels {} oof acc {:.2} f1 {:.2} ece {:.3} T {:.3} thr {:.3}",
                h.name,
                h.labels.len(),
                h.quality.accuracy * 100.,
                h.quality.macro_f1 * 100.,
                h.quality.ece,
                h.temperature,
                h.threshold
            );
        }
        println!(
            "rows {} {} bytes grams {} {:.1}s",
            c.rows.len(),
            m.as_bytes().len(),
            m.header().grams,
            t.elapsed().as_secs_f64()
        );
        if std::env::var("DEV").is_ok() {
            let mut dv = Corpus {
                fields: c.fields.clone(),
                rows: vec![],
            };
            read(&d.join("tickets.jsonl"), &mut dv);
            for f in &fields[..3] {
                let r = evaluate(&m, &dv, f).unwrap();
                println!(
                    "dev {f}: acc {:.2} f1 {:.2} ece {:.3} cov {:.3}",
                    r.accuracy * 100.,
                    r.macro_f1 * 100.,
                    r.ece,
                    r.coverage
                );
            }
        }
        if let Some(out) = std::env::args().nth(3) {
            std::fs::write(out, m.as_bytes()).unwrap();
        }
        return;
    }
    if w("cv") {
        for (n, f) in [
            ("banking", "banking77/train"),
            ("hwu", "hwu64/train"),
            ("clinc", "clinc150/train_small"),
        ] {
            if let Ok(s) = std::env::var("SETS") {
                if !s.contains(n) {
                    continue;
                }
            }
            let rows = load(&d.join(format!("{f}.jsonl.gz")), "label", &oos);
            let mut o = Options {
                folds: 4,
                ..Options::default()
            };
            if let Ok(c) = std::env::var("COST") {
                o.cost = c.parse().unwrap();
            }
            if let Ok(c) = std::env::var("MINDF") {
                o.rows_per_gram_min = c.parse().unwrap();
            }
            let m = Model::from_bytes(train(&corpus(rows), &o).unwrap()).unwrap();
            let q = m.heads()[0].quality;
            print!(
                "{n} {:.2} ece {:.3} g{} | ",
                q.accuracy * 100.,
                q.ece,
                m.header().grams
            );
        }
        println!();
        return;
    }
    if w("banking") {
        let (a, b) = split(load(&d.join("banking77/train.jsonl.gz"), "label", &oos), 0);
        run("banking 4/5", a, b);
    }
    if w("b10") {
        let a = load(&d.join("banking77/train_10shot.jsonl.gz"), "label", &oos);
        let texts: std::collections::HashSet<String> = a.iter().map(|x| x.0.clone()).collect();
        let b = load(&d.join("banking77/train.jsonl.gz"), "label", &oos)
            .into_iter()
            .filter(|x| !texts.contains(&x.0))
            .collect();
        run("banking 10-shot", a, b);
    }
    if w("hwu") {
        run(
            "hwu64 val",
            load(&d.join("hwu64/train.jsonl.gz"), "label", &oos),
            load(&d.join("hwu64/val.jsonl.gz"), "label", &oos),
        );
    }
    if w("hwucv") {
        let (a, b) = split(load(&d.join("hwu64/train.jsonl.gz"), "label", &oos), 0);
        run("hwu64 4/5", a, b);
    }
    if w("clinc") {
        for plus in [false, true] {
            let mut a = load(&d.join("clinc150/train_full.jsonl.gz"), "label", &oos);
            if plus {
                a.extend(load(
                    &d.join("clinc150/oos_train_plus.jsonl.gz"),
                    "label",
                    &oos,
                ));
            }
            let mut b = load(&d.join("clinc150/val.jsonl.gz"), "label", &oos);
            b.extend(load(&d.join("clinc150/oos_val.jsonl.gz"), "label", &oos));
            run(
                if plus {
                    "clinc OOS+ val"
                } else {
                    "clinc full val"
                },
                a,
                b,
            );
        }
    }
    if w("mdg") {
        for s in ["software", "finance", "insurance"] {
            run(
                &format!("multidogo {s}"),
                load(
                    &d.join(format!("multidogo/{s}_train.jsonl.gz")),
                    "labels",
                    &oos,
                ),
                load(
                    &d.join(format!("multidogo/{s}_dev.jsonl.gz")),
                    "labels",
                    &oos,
                ),
            );
        }
    }
    if w("cw") {
        for f in ["domains", "acts"] {
            let (a, b) = split(load(&d.join("crosswoz/val.jsonl.gz"), f, &oos), 0);
            run(&format!("crosswoz {f} 4/5"), a, b);
        }
    }
    if w("hint3") {
        for s in ["curekart", "powerplay11", "sofmattress"] {
            let (a, b) = split(
                load(
                    &d.join(format!("hint3/v1_{s}_train.jsonl.gz")),
                    "label",
                    &oos,
                ),
                0,
            );
            run(&format!("hint3 {s} 4/5"), a, b);
        }
    }
    if w("xsid") {
        let all = load(&d.join("xsid/valid.jsonl.gz"), "label", &oos);
        let (a, b) = split(all, 0);
        run("xsid 4/5 pooled", a, b);
    }
}
