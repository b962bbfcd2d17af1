//! How long a ticket takes: `cargo run --release -p posthouse-classifier --example speed`.

use std::hint::black_box;
use std::io::Write as _;
use std::time::Instant;

use posthouse_classifier::Engine;
use posthouse_domain::Timestamp;
use posthouse_domain::ticket::{Attributes, Contact, Features, Opened};
use posthouse_policy::Policy;

const ROUNDS: u32 = 20_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let policy = Policy::shipped("default").ok_or("the shipped bundle is there")?;
    let began = Instant::now();
    let engine = Engine::compile(&policy.taxonomy)?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "compile: {:?}", began.elapsed())?;

    let english = "Since 09:30 UTC about a fifth of the requests through our load balancer lb-7f3a \
        return 504. The backend servers are healthy and answer within 20 ms when we ask them \
        directly. We have restarted two of them, without any effect. Our customers complain that \
        they cannot check out. ";
    let chinese = "从今天上午九点半开始，经过负载均衡 lb-7f3a 的请求大约五分之一返回 504，后端服务器健康检查正常，\
        直接访问只要 20 毫秒。已经重启了两台，没有效果，客户投诉无法下单，请尽快处理。";
    for (name, body) in [("en", english.repeat(2)), ("zh", chinese.repeat(3))] {
        let opened = opened(&body);
        let declared = Features::declared(&opened, "cn", Timestamp::from_millis(0));
        let began = Instant::now();
        for _ in 0..ROUNDS {
            black_box(engine.classify(black_box(&opened), &[], "zh", &declared));
        }
        let each = began.elapsed() / ROUNDS;
        writeln!(out, "{name}, {} bytes: {each:?} a ticket", body.len())?;
    }
    Ok(())
}

fn opened(body: &str) -> Opened {
    Opened {
        number: "CN-2026-000001".to_owned(),
        customer: "c-speed".to_owned(),
        subject: "504 from the load balancer".to_owned(),
        body: body.to_owned(),
        severity: None,
        region: String::new(),
        tier: String::new(),
        channel: String::new(),
        language: String::new(),
        product: "SLB".to_owned(),
        attributes: Attributes::new(),
        contact: Contact::default(),
    }
}
