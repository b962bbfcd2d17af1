//! `notify test`: every kind of channel, with other sides that take the message, turn it down for
//! good, or do neither. The endpoints are fakes on this machine; the shape of what is sent to each
//! is in `crates/notifier/tests/golden`.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::http::StatusCode;
use posthouse_testkit::smtp::{Manners, Sink};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::posthouse::{Ran, run};

const HEAD: &str = "format = 1\nname = \"trying\"\ntitle = \"Trying\"\nextends = \"default\"\n\
    severity_default = \"P2\"\ntiers = [\"standard\", \"silver\", \"gold\", \"platinum\"]\n\
    channels = [\"portal\", \"console\", \"app\", \"wechat\", \"dingtalk\", \"wecom\", \"email\", \"phone\", \"api\"]\n";
const ALLOWED: &str = "[webhooks]\nallow_addresses = [\"127.0.0.0/8\", \"::1/128\"]\n";

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap()
}

/// An endpoint that answers everything in the same way, and counts.
struct Endpoint {
    address: std::net::SocketAddr,
    asked: Arc<AtomicUsize>,
    _runtime: Runtime,
}

impl Endpoint {
    fn new(status: u16, body: &'static str) -> Self {
        let runtime = runtime();
        let listen = tokio::net::TcpListener::bind("127.0.0.1:0");
        let listener = runtime.block_on(listen).unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::<AtomicUsize>::default();
        let counted = Arc::clone(&asked);
        let router = Router::new().fallback(move || {
            counted.fetch_add(1, Ordering::SeqCst);
            std::future::ready((StatusCode::from_u16(status).unwrap(), body))
        });
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self {
            address,
            asked,
            _runtime: runtime,
        }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// Tries the receiver `it` that a bundle describes with these lines.
fn try_it(dir: &Path, receiver: &str) -> Ran {
    let write = |name: &str, text: &str| std::fs::write(dir.join(name), text).unwrap();
    write("bundle.toml", HEAD);
    write(
        "receivers.toml",
        &format!(
            "[receiver.it]\n{receiver}\ntimeout = \"2s\"\n\n\
             [[rule]]\nname = \"tell\"\nabout = [\"routed\"]\nreceivers = [\"it\"]\n"
        ),
    );
    let config = dir.parent().unwrap().join("posthouse.toml");
    std::fs::write(&config, ALLOWED).unwrap();
    let (dir, config) = (dir.to_str().unwrap(), config.to_str().unwrap());
    run(&[
        "notify", "test", "it", "--policy", dir, "--config", config, "--json",
    ])
}

/// A kind of channel over HTTP, and what its other side says in each case.
struct Case {
    channel: &'static str,
    /// The lines of the receiver; `URL` is the endpoint, `DIR` a folder with the file `secret`.
    receiver: &'static str,
    takes: (u16, &'static str),
    receipt: &'static str,
    /// What turns the message down for good, and the code of that.
    refuses: (u16, &'static str, &'static str),
}

const ROBOT: &str = "url_file = \"DIR/address\"";
const CASES: &[Case] = &[
    Case {
        channel: "webhook",
        receiver: "url = \"URL\"\nsecret_file = \"DIR/webhook\"",
        takes: (204, ""),
        receipt: "HTTP 204",
        refuses: (410, "", "NTF0003"),
    },
    Case {
        channel: "dingtalk",
        receiver: ROBOT,
        takes: (200, r#"{"errcode":0,"errmsg":"ok"}"#),
        receipt: "HTTP 200",
        refuses: (
            200,
            r#"{"errcode":300001,"errmsg":"no such token"}"#,
            "NTF0003",
        ),
    },
    Case {
        channel: "wecom",
        receiver: ROBOT,
        takes: (200, r#"{"errcode":0,"errmsg":"ok"}"#),
        receipt: "HTTP 200",
        refuses: (
            200,
            r#"{"errcode":93000,"errmsg":"invalid webhook"}"#,
            "NTF0003",
        ),
    },
    Case {
        channel: "feishu",
        receiver: ROBOT,
        takes: (200, r#"{"code":0,"msg":"success"}"#),
        receipt: "HTTP 200",
        refuses: (200, r#"{"code":19001,"msg":"incorrect"}"#, "NTF0003"),
    },
    Case {
        channel: "slack",
        receiver: ROBOT,
        takes: (200, "ok"),
        receipt: "HTTP 200 ok",
        refuses: (404, "no_service", "NTF0003"),
    },
    Case {
        channel: "sms",
        receiver: "to = \"+8613800138000\"\ngateway = \"aliyun\"\nurl = \"URL\"\n\
            key_id_file = \"DIR/secret\"\nkey_secret_file = \"DIR/secret\"\n\
            sign_name = \"驿站\"\ntemplate_code = \"SMS_154950909\"",
        takes: (200, r#"{"Code":"OK","BizId":"900619746936498440^0"}"#),
        receipt: "Aliyun 900619746936498440^0",
        refuses: (
            200,
            r#"{"Code":"isv.MOBILE_NUMBER_ILLEGAL","Message":"no"}"#,
            "NTF0005",
        ),
    },
    Case {
        channel: "sms",
        receiver: "to = \"+15005550006\"\ngateway = \"twilio\"\nurl = \"URL\"\n\
            account = \"AC00000000000000000000000000000000\"\ntoken_file = \"DIR/secret\"\n\
            from = \"+15005550001\"",
        takes: (201, r#"{"sid":"SM1"}"#),
        receipt: "Twilio SM1",
        refuses: (400, r#"{"code":21211,"message":"no number"}"#, "NTF0005"),
    },
    Case {
        channel: "sms",
        receiver: "to = \"+15005550006\"\ngateway = \"http\"\nurl = \"URL\"\n\
            token_file = \"DIR/secret\"",
        takes: (202, "queued"),
        receipt: "HTTP 202 queued",
        refuses: (422, "never", "NTF0005"),
    },
    Case {
        channel: "apprise",
        receiver: "url = \"URL/notify/all\"",
        takes: (200, "sent"),
        receipt: "HTTP 200 sent",
        refuses: (410, "", "NTF0003"),
    },
];

impl Case {
    /// Tries it against an endpoint that answers so. Gives the exit code and what was printed.
    fn tried(&self, (status, body): (u16, &'static str)) -> (i32, Value) {
        let dir = tempfile::tempdir().unwrap();
        let bundle = dir.path().join("bundle");
        std::fs::create_dir(&bundle).unwrap();
        let endpoint = Endpoint::new(status, body);
        let url = format!("http://{}", endpoint.address);
        let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
        write("address", &format!("{url}/robot?access_token=k"));
        write("secret", "a secret");
        write("webhook", "whsec_cG9zdGhvdXNlIGVuZC10by1lbmQgdGVzdHM=");
        let lines = self
            .receiver
            .replace("URL", &url)
            .replace("DIR", dir.path().to_str().unwrap());
        let ran = try_it(&bundle, &format!("channel = \"{}\"\n{lines}", self.channel));
        assert_eq!(endpoint.asked(), 1, "{}: {ran:?}", self.channel);
        assert!(!ran.stdout.contains("access_token"), "{ran:?}");
        let printed = ran.objects();
        assert_eq!(printed.len(), 1, "{ran:?}");
        (ran.code, printed[0].clone())
    }
}

#[test]
fn every_channel_over_http_is_told_and_shows_its_receipt() {
    for case in CASES {
        let (code, tried) = case.tried(case.takes);
        let receipt = tried["receipt"].as_str().unwrap_or_default();
        assert!(receipt.starts_with(case.receipt), "{tried}");
        assert_eq!((code, &tried["told"]), (0, &json!(true)), "{tried}");
        assert_eq!(tried["channel"], case.channel);
        assert_eq!(tried["receiver"], "it");
        assert!(tried.get("error").is_none(), "{tried}");
    }
}

#[test]
fn what_every_channel_turns_down_for_good_is_refused() {
    for case in CASES {
        let (status, body, ntf) = case.refuses;
        let (code, tried) = case.tried((status, body));
        assert_eq!((code, &tried["code"]), (4, &json!(ntf)), "{tried}");
        assert_eq!(tried["again"], false, "{tried}");
        assert_eq!(tried["told"], false, "{tried}");
    }
}

#[test]
fn where_trying_again_may_help_it_says_so() {
    for case in CASES {
        let (code, tried) = case.tried((503, "down for a while"));
        let said = tried["error"].as_str().unwrap_or_default();
        assert!(said.contains("503"), "{}: {tried}", case.channel);
        assert_eq!((code, &tried["code"]), (5, &json!("NTF0004")), "{tried}");
        assert_eq!(tried["again"], true, "{tried}");
    }
}

#[test]
fn the_console_is_always_there() {
    let dir = tempfile::tempdir().unwrap();
    let bundle = dir.path().join("bundle");
    std::fs::create_dir(&bundle).unwrap();
    let tried = try_it(&bundle, "channel = \"console\"")
        .ends_with(0)
        .objects();
    assert_eq!(tried[0]["receipt"], "console");
}

#[test]
fn a_relay_takes_a_letter_or_says_why_not() {
    let runtime = runtime();
    let dir = tempfile::tempdir().unwrap();
    let bundle = dir.path().join("bundle");
    std::fs::create_dir(&bundle).unwrap();
    let letter = |port: u16| {
        format!(
            "channel = \"email\"\nrelay = \"localhost:{port}\"\ntls = \"none\"\n\
             from = \"support@example.com\"\nto = \"ops@example.com\""
        )
    };
    let relay = runtime.block_on(Sink::open(Manners::default()));
    let tried = try_it(&bundle, &letter(relay.port()))
        .ends_with(0)
        .objects();
    assert!(
        tried[0]["receipt"]
            .as_str()
            .unwrap()
            .starts_with("SMTP 250"),
        "{tried:?}"
    );
    assert_eq!(relay.taken().len(), 1);

    let refuses = Manners {
        refuses: Some(("ops@example.com".to_owned(), "550 5.1.1 nobody".to_owned())),
        ..Manners::default()
    };
    let relay = runtime.block_on(Sink::open(refuses));
    let tried = try_it(&bundle, &letter(relay.port()))
        .ends_with(4)
        .objects();
    assert_eq!(tried[0]["code"], "NTF0005", "{tried:?}");
    assert_eq!(relay.taken(), vec![]);

    let port = relay.port();
    drop(relay);
    let tried = try_it(&bundle, &letter(port)).ends_with(5).objects();
    assert_eq!(tried[0]["code"], "NTF0006", "{tried:?}");
}

#[test]
fn a_subject_needs_a_server() {
    let dir = tempfile::tempdir().unwrap();
    let bundle = dir.path().join("bundle");
    std::fs::create_dir(&bundle).unwrap();
    try_it(&bundle, "channel = \"nats\"\nsubject = \"pager.a\"")
        .ends_with(2)
        .complains(&["which NATS server", "--nats"]);
}

#[test]
fn what_cannot_be_tried_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let bundle = dir.path().join("bundle");
    std::fs::create_dir(&bundle).unwrap();
    // The secret is missing; then, nothing listens there.
    let gone = Endpoint::new(200, "").address;
    let webhook = format!("channel = \"webhook\"\nurl = \"http://{gone}/\"");
    let tried = try_it(&bundle, &format!("{webhook}\nsecret_file = \"/nowhere\""));
    let tried = tried.ends_with(5).objects();
    assert_eq!(tried[0]["code"], "NTF0002", "{tried:?}");
    let tried = try_it(&bundle, &webhook).ends_with(5).objects();
    assert_eq!(tried[0]["code"], "NTF0006", "{tried:?}");
    // This machine is not public.
    let policy = bundle.to_str().unwrap();
    let forbidden = run(&["notify", "test", "it", "--policy", policy, "--json"]).ends_with(4);
    assert_eq!(forbidden.objects()[0]["code"], "NTF0001", "{forbidden:?}");
    // People read it on standard error, with the code.
    run(&["notify", "test", "it", "--policy", policy])
        .ends_with(4)
        .complains(&["NTF0001"]);
    run(&["notify", "test", "ti", "--policy", policy])
        .ends_with(3)
        .complains(&["did you mean `it`?"]);
}
