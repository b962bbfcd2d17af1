//! Short tickets beside their labels and reasons, for a reviewer to agree with or not.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read its inputs has failed"
)]

mod common;

use std::fmt::Write as _;

use posthouse_domain::ticket::{Classified, Opened, Severity};

#[test]
fn labels_and_reasons() {
    let engine = common::engine();
    let mut text = String::new();
    for opened in tickets() {
        describe(&opened, &common::classify(&engine, &opened), &mut text);
    }
    expect_test::expect_file!["golden/labels.txt"].assert_eq(&text);
}

fn describe(opened: &Opened, classified: &Classified, text: &mut String) {
    let features = &classified.features;
    let product = match opened.product.as_str() {
        "" => String::new(),
        product => format!("[{product}] "),
    };
    writeln!(text, "{product}{} / {}", opened.subject, opened.body).unwrap();
    writeln!(
        text,
        "    {} {} {} {} {} tags {:?} missing {:?} confidence {}",
        features.language,
        features.category,
        features.kind,
        features.severity.unwrap(),
        features.sentiment.unwrap(),
        features.tags,
        classified.missing,
        classified.confidence_permille,
    )
    .unwrap();
    for reason in &classified.reasons {
        writeln!(
            text,
            "    {:<9} {:<12} {:<16} {}",
            reason.field, reason.value, reason.rule, reason.evidence
        )
        .unwrap();
    }
    text.push('\n');
}

fn tickets() -> Vec<Opened> {
    let declared = |severity, opened| Opened {
        severity: Some(severity),
        ..opened
    };
    let language = |language: &str, opened| Opened {
        language: language.to_owned(),
        ..opened
    };
    let product = |product: &str, opened| Opened {
        product: product.to_owned(),
        ..opened
    };
    let t = common::opened;
    vec![
        t(
            "生产环境 ECS 全部宕机",
            "从 14:05 开始 i-bp12345 等所有实例无法连接，业务中断，请立刻处理！",
        ),
        t(
            "请问怎么给云盘扩容",
            "想把数据盘从 100G 扩到 200G，会不会影响数据？不急。",
        ),
        t(
            "RDS 主从延迟 3 小时",
            "rm-uf6x 从昨晚开始延迟一直涨，报表读到旧数据，已重启只读实例无效。",
        ),
        t(
            "发票抬头开错了",
            "9 月的发票抬头写成了个人，麻烦换开成公司抬头。",
        ),
        t(
            "投诉：工单三天没人回",
            "我们已经催了四次，每次都是复制粘贴的模板回复，什么态度！",
        ),
        t(
            "AccessKey 泄露",
            "同事把密钥传到 GitHub 了，现在有陌生 IP 在调用接口，怎么办",
        ),
        t("红烧排骨怎么做", "求一个简单的菜谱，谢谢"),
        product(
            "SLB",
            t(
                "access is very slow",
                "Since 09:30 UTC about 20% of requests through lb-7f3a get 504.",
            ),
        ),
        t(
            "Cannot log in, lost my phone",
            "The MFA app was on my old phone. How can I reset it?",
        ),
        t(
            "Request to increase the GPU quota",
            "Please raise our quota from 8 to 64 in eu-central for the training in January.",
        ),
        t(
            "Charged twice in October",
            "My card was charged twice for the same invoice INV-20931. Please refund.",
        ),
        t(
            "All our data is gone!",
            "Someone dropped the production database at 3am and the last backup is empty.",
        ),
        t(
            "Is the service ISO 27001 certified?",
            "Our auditor wants to know by Friday. Not urgent otherwise.",
        ),
        t(
            "Great support, thank you",
            "Just wanted to say that your engineer did a great job yesterday.",
        ),
        t(
            "First page of Google guaranteed",
            "We offer SEO services and backlinks for your web site, limited offer!",
        ),
        declared(
            Severity::P0,
            t("typo in the documentation", "Page 3 says `instnace`."),
        ),
        declared(
            Severity::P2,
            t(
                "site is down",
                "Production is down, all users affected, we cannot take orders.",
            ),
        ),
        language("en", t("证书过期", "HTTPS 证书昨天过期了，网站打不开")),
        t(
            "データベースに接続できません",
            "本日10時頃から本番のRDSに接続できません。エラー: Too many connections。至急対応をお願いします。",
        ),
        t(
            "서버 증설 요청",
            "이벤트 준비로 인스턴스 20대 증설을 요청드립니다. 12월 1일까지 부탁드립니다.",
        ),
        t(
            "Rechnung falsch",
            "Auf der Rechnung vom November steht eine falsche USt-ID. Bitte um Korrektur.",
        ),
        t(
            "VPN en panne",
            "Le tunnel VPN vers notre agence de Lyon est coupé depuis ce matin, perte de paquets totale.",
        ),
        t(
            "¿Cómo puedo restaurar una copia de seguridad?",
            "Borramos por error una carpeta y necesitamos saber si se puede recuperar.",
        ),
        t(
            "هجوم على موقعنا",
            "الموقع لا يعمل منذ الصباح بسبب هجوم DDoS، نرجو المساعدة العاجلة.",
        ),
        t(
            "Pod 一直 CrashLoopBackOff",
            "kubectl describe pod 显示 OOMKilled，memory limit 512Mi，Last State: Terminated, Reason: OOMKilled, Exit Code: 137",
        ),
        t("", ""),
        t("？？？", "123"),
    ]
}
