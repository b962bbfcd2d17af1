//! Every channel's request as text, to be read beside the documentation of whoever takes it.

use expect_test::expect_file;
use posthouse_domain::notify::{
    Address, Aliyun, Apprise, Channel, Email, Gateway, HttpGateway, Login, Messenger, Nats, Relay,
    Robot, Secret, Sms, Tls, Twilio, Webhook,
};
use posthouse_domain::ticket::{Body, FactKind, NotificationRequested, Severity};
use posthouse_testkit::builders::{fact, features, opened, ticket};

use super::*;
use crate::parcel::Attempt;

/// What each secret of a golden request is.
const KEYS: [(&str, &str); 9] = [
    ("/s/webhook", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
    ("/s/webhook-next", "whsec_plJ3nmyCDGBKInavdOK15jsl"),
    ("/s/password", "correct horse"),
    (
        "/s/robot-url",
        "https://robot.example/send?access_token=t0ken",
    ),
    ("/s/robot-secret", "SEC000000000000000000000"),
    ("/s/token", "t0ken"),
    ("/s/key-id", "LTAI-example"),
    ("/s/key-secret", "k3y"),
    ("/s/services", "slack://a/b/c\ndiscord://1/2\n"),
];

fn file(name: &str) -> Secret {
    Secret::File(format!("/s/{name}"))
}

fn keys() -> Keys {
    KEYS.iter().fold(Keys::default(), |keys, (path, value)| {
        keys.with(&Secret::File((*path).to_owned()), value)
    })
}

/// What a customer wrote tries everything that a channel could take for its own.
const SUBJECT: &str = "<!channel> **down** [click](http://evil.example) & \"quoted\"\r\nBcc: all@corp.example 网络中断";

fn request() -> NotificationRequested {
    let mut features = features(&opened(SUBJECT));
    features.number = "CN-2026-000042".to_owned();
    features.severity = Some(Severity::P1);
    features.language = "zh".to_owned();
    NotificationRequested {
        receiver: "ops".to_owned(),
        rule: "page".to_owned(),
        about: FactKind::Routed,
        title: format!("[P1] CN-2026-000042 routed: {SUBJECT}"),
        text: format!("It was routed.\n\n{SUBJECT}"),
        features,
        fields: Vec::new(),
        language: "zh".to_owned(),
        urgent: false,
        round: 0,
        told_of: Vec::new(),
    }
}

fn parcel(channel: &Channel, possible_duplicate: bool) -> Parcel {
    let request = request();
    let fact = fact(ticket(1), 1, Body::NotificationRequested(request.clone()));
    let attempt = Attempt {
        number: 2,
        possible_duplicate,
    };
    Parcel::new(&fact, &request, Some(channel), attempt, Vec::new())
        .replying_to(Some("support+tsigned@example.com".to_owned()))
}

fn now() -> Timestamp {
    "2026-11-22T06:30:00.500Z".parse().unwrap()
}

fn written(channel: &Channel, parcel: &Parcel) -> String {
    let adapter = adapter(channel).unwrap();
    let call = adapter.prepare(parcel, &keys(), now()).unwrap();
    match call {
        Call::Http(call) => {
            let mut lines = vec![format!("POST {}", call.url)];
            let headers = call.headers.iter();
            lines.extend(headers.map(|(name, value)| format!("{name}: {value}")));
            let body = String::from_utf8(call.body).unwrap();
            let body = match serde_json::from_str::<serde_json::Value>(&body) {
                Ok(json) => serde_json::to_string_pretty(&json).unwrap(),
                Err(_) => body,
            };
            format!("{}\n\n{body}\n", lines.join("\n"))
        }
        Call::Mail(mail) => {
            let to: Vec<String> = mail.envelope.to().iter().map(ToString::to_string).collect();
            let from = mail.envelope.from().map(ToString::to_string);
            format!(
                "MAIL FROM:<{}>\nRCPT TO:<{}>\n\n{}",
                from.unwrap_or_default(),
                to.join(">, <"),
                String::from_utf8(mail.message)
                    .unwrap()
                    .replace("\r\n", "\n")
            )
        }
        Call::Message(message) => {
            let headers = message.headers.iter();
            let headers: Vec<_> = headers
                .map(|(name, value)| format!("{name}: {value}"))
                .collect();
            format!(
                "PUB {}\nid: {}\n{}\n\n{}\n",
                message.subject,
                message.id.unwrap(),
                headers.join("\n"),
                String::from_utf8_lossy(&message.payload)
            )
        }
    }
}

fn robot(messenger: Messenger) -> Channel {
    let signs = matches!(messenger, Messenger::DingTalk | Messenger::Feishu);
    Channel::Robot(Robot {
        messenger,
        url: file("robot-url"),
        secret: signs.then(|| file("robot-secret")),
    })
}

fn sms(gateway: Gateway) -> Channel {
    Channel::Sms(Sms {
        to: "+8613800138000".to_owned(),
        gateway,
    })
}

fn all() -> Vec<(&'static str, Channel)> {
    vec![
        (
            "webhook",
            Channel::Webhook(Webhook {
                url: Address::Plain("https://hooks.example.com/posthouse".to_owned()),
                secrets: vec![file("webhook"), file("webhook-next")],
            }),
        ),
        (
            "email",
            Channel::Email(Email {
                relay: Relay {
                    host: "smtp.example.com".to_owned(),
                    port: 587,
                    tls: Tls::Starttls,
                    ca_file: None,
                    login: Some(Login {
                        user: "posthouse".to_owned(),
                        password: file("password"),
                    }),
                },
                from: "Support 值班 <support@example.com>".to_owned(),
                to: vec![
                    "ops@example.com".to_owned(),
                    "Night <night@example.com>".to_owned(),
                ],
                reply_to: Some("Support <support@example.com>".to_owned()),
            }),
        ),
        ("dingtalk", robot(Messenger::DingTalk)),
        ("wecom", robot(Messenger::WeCom)),
        ("feishu", robot(Messenger::Feishu)),
        ("slack", robot(Messenger::Slack)),
        (
            "sms-aliyun",
            sms(Gateway::Aliyun(Aliyun {
                url: "https://dysmsapi.aliyuncs.com".to_owned(),
                key_id: file("key-id"),
                key_secret: file("key-secret"),
                sign_name: "驿站".to_owned(),
                template: "SMS_154950909".to_owned(),
            })),
        ),
        (
            "sms-twilio",
            sms(Gateway::Twilio(Twilio {
                url: "https://api.twilio.com".to_owned(),
                account: "AC0123".to_owned(),
                token: file("token"),
                from: "+15005550006".to_owned(),
            })),
        ),
        (
            "sms-http",
            sms(Gateway::Http(HttpGateway {
                url: Address::Plain("https://sms.example.com/send".to_owned()),
                token: Some(file("token")),
            })),
        ),
        (
            "apprise",
            Channel::Apprise(Apprise {
                url: Address::Plain("https://apprise.example.com/notify".to_owned()),
                services: Some(file("services")),
                tag: Some("night".to_owned()),
            }),
        ),
        (
            "nats",
            Channel::Nats(Nats {
                subject: "pager.team-a".to_owned(),
            }),
        ),
    ]
}

#[test]
fn every_channel_asks_as_its_other_side_documents_it() {
    for (name, channel) in all() {
        let written = written(&channel, &parcel(&channel, false));
        expect_file![format!(
            "{}/tests/golden/{name}.txt",
            env!("CARGO_MANIFEST_DIR")
        )]
        .assert_eq(&written);
    }
}

/// Where nothing in a message says which request it is, its text says when it may be a repeat.
#[test]
fn what_may_be_a_repeat_can_be_told() {
    for (name, channel) in all() {
        let written = written(&channel, &parcel(&channel, true));
        let id = parcel(&channel, true).id().to_owned();
        let says = written.contains("repeat?") || written.contains("repeat%3F");
        assert_eq!(says, !channel.carries_identity(), "{name}: {written}");
        assert!(says || written.contains(&id), "{name}: {written}");
    }
}

#[test]
fn no_subject_adds_a_header() {
    for (name, channel) in all() {
        let written = written(&channel, &parcel(&channel, false));
        let (_, message) = written.split_once("\n\n").unwrap();
        // Of a letter the head that is part of it, of everything else the head before it.
        let heads = [&written[..written.len() - message.len()], message];
        let heads = &heads[..if name == "email" { 2 } else { 1 }];
        let mut lines = heads
            .iter()
            .flat_map(|head| head.lines().take_while(|it| !it.is_empty()));
        assert!(
            !lines.any(|line| line.starts_with("Bcc:")),
            "{name}: {written}"
        );
    }
}

/// What endpoints answer, and what is made of it.
#[test]
fn answers_are_understood() {
    let channels = all();
    let channel = |name: &str| &channels.iter().find(|(known, _)| *known == name).unwrap().1;
    let mut lines = Vec::new();
    for (name, status, body) in [
        ("webhook", 204, ""),
        ("webhook", 200, "thanks"),
        ("webhook", 302, ""),
        ("webhook", 410, ""),
        ("webhook", 429, "slow down"),
        ("webhook", 503, "later"),
        ("email", 250, "2.0.0 Ok: queued as 4F0"),
        ("email", 451, "4.7.1 Greylisted"),
        ("email", 550, "5.1.1 no such user"),
        ("dingtalk", 200, r#"{"errcode":0,"errmsg":"ok"}"#),
        (
            "dingtalk",
            200,
            r#"{"errcode":310000,"errmsg":"sign not match"}"#,
        ),
        (
            "dingtalk",
            200,
            r#"{"errcode":130101,"errmsg":"send too fast"}"#,
        ),
        (
            "dingtalk",
            200,
            r#"{"errcode":300001,"errmsg":"token is not exist"}"#,
        ),
        ("dingtalk", 200, "<html>"),
        ("wecom", 200, r#"{"errcode":0,"errmsg":"ok"}"#),
        (
            "wecom",
            200,
            r#"{"errcode":45009,"errmsg":"api freq out of limit"}"#,
        ),
        (
            "wecom",
            200,
            r#"{"errcode":93000,"errmsg":"invalid webhook url"}"#,
        ),
        ("feishu", 200, r#"{"code":0,"data":{},"msg":"success"}"#),
        (
            "feishu",
            200,
            r#"{"StatusCode":0,"StatusMessage":"success"}"#,
        ),
        (
            "feishu",
            200,
            r#"{"code":19021,"msg":"sign match fail or timestamp is not within one hour"}"#,
        ),
        ("feishu", 400, r#"{"code":9499,"msg":"Bad Request"}"#),
        ("feishu", 200, r#"{"code":11232,"msg":"frequency limited"}"#),
        (
            "feishu",
            200,
            r#"{"code":19001,"msg":"param invalid: incoming webhook access token invalid"}"#,
        ),
        ("slack", 200, "ok"),
        ("slack", 403, "invalid_token"),
        ("slack", 404, "no_service"),
        ("slack", 429, "rate_limited"),
        (
            "sms-aliyun",
            200,
            r#"{"Code":"OK","Message":"OK","BizId":"900619746936498440^0","RequestId":"F6"}"#,
        ),
        (
            "sms-aliyun",
            200,
            r#"{"Code":"isv.BUSINESS_LIMIT_CONTROL","Message":"limit","RequestId":"F6"}"#,
        ),
        (
            "sms-aliyun",
            200,
            r#"{"Code":"isv.MOBILE_NUMBER_ILLEGAL","Message":"number","RequestId":"F6"}"#,
        ),
        (
            "sms-aliyun",
            404,
            r#"{"Code":"InvalidAccessKeyId.NotFound","Message":"key"}"#,
        ),
        ("sms-twilio", 201, r#"{"sid":"SM0123","status":"queued"}"#),
        (
            "sms-twilio",
            400,
            r#"{"code":21211,"message":"invalid 'To'"}"#,
        ),
        (
            "sms-twilio",
            401,
            r#"{"code":20003,"message":"Authenticate"}"#,
        ),
        (
            "sms-twilio",
            429,
            r#"{"code":20429,"message":"Too Many Requests"}"#,
        ),
        ("sms-http", 202, ""),
        ("sms-http", 422, "no mobile"),
        ("apprise", 200, "ok"),
        ("apprise", 204, ""),
        ("apprise", 424, "one of them failed"),
    ] {
        let answer = Answer {
            status,
            body: body.to_owned(),
            ..Answer::default()
        };
        let judged = adapter(channel(name)).unwrap().judge(&answer);
        let judged = match judged {
            Ok(receipt) => format!("told: {receipt}"),
            Err(error) => format!(
                "{}{}{}: {error}",
                if error.is_final() { "final" } else { "again" },
                if error.may_have_arrived() {
                    ", may have arrived"
                } else {
                    ""
                },
                if error.is_trouble() { ", trouble" } else { "" },
            ),
        };
        lines.push(format!("{name} {status} {body}\n    {judged}\n"));
    }
    expect_file![concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/golden/answers.txt"
    )]
    .assert_eq(&lines.join(""));
}
