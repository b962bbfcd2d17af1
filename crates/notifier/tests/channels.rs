//! Channels and their other sides on this machine: a mail relay, HTTP endpoints that behave and
//! that do not, and a bus. Requests are read in `golden/`; here they are sent, and what comes
//! back is bounded, recorded and told apart.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../../runtime/tests/scenario/mod.rs"]
mod scenario;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use posthouse_bus::memory::MemoryBus;
use posthouse_domain::Timestamp;
use posthouse_domain::notify::Receiver;
use posthouse_notifier::{Client, Parcel, Post, PostError, Reach};
use posthouse_runtime::config::Webhooks;
use posthouse_testkit::smtp::{CA_PEM, Manners, Sink, Taken};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// How long a receiver may take, as the policies here say.
const TIMEOUT: Duration = Duration::from_millis(700);
/// How long a test waits for what must have ended by then.
const PATIENCE: Duration = Duration::from_secs(10);

/// The receiver `it` of a policy that says this of it.
fn receiver(channel: &str) -> Receiver {
    let receivers = format!(
        "[receiver.it]\n{channel}\ntimeout = \"700ms\"\n\n\
         [[rule]]\nname = \"tell\"\nabout = [\"routed\"]\nreceivers = [\"it\"]\n"
    );
    let source = scenario::bundle("channels", &[("receivers.toml", &receivers)]);
    let (policy, _) = posthouse_policy::compile(&source)
        .map_err(|found| posthouse_policy::render(&found, &source, false))
        .unwrap();
    policy.receivers.receivers["it"].clone()
}

/// A client that may reach this machine.
fn client() -> Client {
    Client::within(Reach::of(&Webhooks {
        allow_addresses: vec!["127.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()],
        ..Webhooks::default()
    }))
    .unwrap()
}

fn parcel(receiver: &Receiver) -> Parcel {
    Parcel::test(receiver, Timestamp::from_millis(1_795_424_400_000))
}

async fn tell(receiver: &Receiver) -> Result<String, PostError> {
    let parcel = parcel(receiver);
    tokio::time::timeout(PATIENCE, client().post(receiver, &parcel))
        .await
        .expect("an attempt ends by its own timeout")
}

fn file(dir: &Path, name: &str, text: &str) -> String {
    let path = dir.join(name);
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

fn email(sink: &Sink, more: &str) -> Receiver {
    receiver(&format!(
        "channel = \"email\"\nrelay = \"localhost:{}\"\nfrom = \"Support <support@example.com>\"\n\
         to = [\"ops@example.com\", \"night@example.com\"]\nreply_to = \"support@example.com\"\n{more}",
        sink.port()
    ))
}

/// The one message that a relay was given.
fn only(sink: &Sink) -> Taken {
    let taken = sink.taken();
    assert_eq!(taken.len(), 1, "{taken:?}");
    taken[0].clone()
}

#[tokio::test]
async fn mail_goes_through_a_relay_in_every_way_of_tls() {
    let dir = tempfile::tempdir().unwrap();
    let more = format!(
        "ca_file = \"{}\"\nuser = \"posthouse\"\npassword_file = \"{}\"\n",
        file(dir.path(), "ca.pem", CA_PEM),
        file(dir.path(), "password", "correct horse\n"),
    );
    let login = Some(("posthouse".to_owned(), "correct horse".to_owned()));
    for implicit_tls in [false, true] {
        let sink = Sink::open(Manners {
            implicit_tls,
            starttls: !implicit_tls,
            login: login.clone(),
            ..Manners::default()
        })
        .await;
        let way = if implicit_tls { "implicit" } else { "starttls" };
        let receiver = email(&sink, &format!("{more}tls = \"{way}\"\n"));
        assert_eq!(tell(&receiver).await, Ok("SMTP 250 2.0.0 taken".to_owned()));
        let taken = only(&sink);
        assert!(taken.encrypted);
        assert_eq!(taken.user.as_deref(), Some("posthouse"));
        assert_eq!(taken.from, "support@example.com");
        assert_eq!(taken.to, ["ops@example.com", "night@example.com"]);
    }
}

#[tokio::test]
async fn mail_says_which_ticket_it_is_about_and_the_same_each_time() {
    let sink = Sink::open(Manners::default()).await;
    let receiver = email(&sink, "tls = \"none\"\n");
    tell(&receiver).await.unwrap();
    tell(&receiver).await.unwrap();
    let taken = sink.taken();
    let header = |message: &str, name: &str| {
        let found = message.lines().find_map(|line| line.strip_prefix(name));
        found
            .unwrap_or_else(|| panic!("{name} in {message}"))
            .to_owned()
    };
    let id = parcel(&receiver).id().to_owned();
    for taken in &taken {
        let message = &taken.message;
        assert_eq!(
            header(message, "Message-ID: "),
            format!("<{id}@example.com>")
        );
        let root = header(message, "In-Reply-To: ");
        assert_eq!(header(message, "References: "), root);
        assert!(root.starts_with("<ticket."), "{root}");
        // Without keys nothing behind a `+` could be trusted.
        assert_eq!(header(message, "Reply-To: "), "support@example.com");
        assert_eq!(header(message, "Auto-Submitted: "), "auto-generated");
        assert!(message.contains("Content-Type: text/plain"), "{message}");
        assert!(message.contains("Content-Type: text/html"), "{message}");
    }
    let without_date = |taken: &Taken| {
        let lines = taken.message.lines();
        let lines = lines.filter(|line| !line.starts_with("Date: "));
        lines.collect::<Vec<_>>().join("\n")
    };
    assert_eq!(without_date(&taken[0]), without_date(&taken[1]));
}

/// What a relay can do wrong: nothing is sent in the clear, nothing to a stranger, and each
/// failure says whether trying again helps and whether the message may have arrived.
#[tokio::test]
async fn relays_that_do_not_behave_are_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    let ca = format!("ca_file = \"{}\"\n", file(dir.path(), "ca.pem", CA_PEM));
    let wrong = format!(
        "{ca}user = \"posthouse\"\npassword_file = \"{}\"\n",
        file(dir.path(), "password", "wrong horse"),
    );
    let starttls = Manners {
        starttls: true,
        ..Manners::default()
    };
    let asks = Manners {
        login: Some(("posthouse".to_owned(), "correct horse".to_owned())),
        ..starttls.clone()
    };
    let plain = "tls = \"none\"\n".to_owned();
    let greeting = |text: &str| Manners {
        greeting: Some(text.to_owned()),
        ..Manners::default()
    };
    let refuses = |reply: &str| Manners {
        refuses: Some(("night@example.com".to_owned(), reply.to_owned())),
        ..Manners::default()
    };
    let swallows = Manners {
        swallows: true,
        ..Manners::default()
    };
    for (manners, more, expected, is_final, may_have_arrived) in [
        (
            Manners::default(),
            &ca,
            "NTF0006: no connection: STARTTLS",
            false,
            false,
        ),
        // The platform does not know who signed for it.
        (
            starttls,
            &String::new(),
            "NTF0006: no connection: STARTTLS",
            false,
            false,
        ),
        (
            asks,
            &wrong,
            "NTF0002: log in to the relay as posthouse: 535",
            false,
            false,
        ),
        (
            greeting("421 not now"),
            &plain,
            "NTF0004: the receiver answered 421",
            false,
            false,
        ),
        (
            greeting("HTTP/1.1 200 OK"),
            &plain,
            "NTF0006: no connection",
            false,
            false,
        ),
        (
            refuses("550 5.1.1 no such user"),
            &plain,
            "NTF0005: the receiver rejected it for good, 550",
            true,
            false,
        ),
        (
            refuses("451 4.7.1 greylisted"),
            &plain,
            "NTF0004: the receiver answered 451",
            false,
            false,
        ),
        (
            swallows,
            &plain,
            "NTF0007: no answer: timed out",
            false,
            true,
        ),
    ] {
        let takes_it = manners.swallows;
        let sink = Sink::open(manners).await;
        let error = tell(&email(&sink, more)).await.unwrap_err();
        assert!(
            error.to_string().contains(expected),
            "{error}, not {expected}"
        );
        assert_eq!(error.is_final(), is_final, "{error}");
        assert_eq!(error.may_have_arrived(), may_have_arrived, "{error}");
        assert_eq!(sink.taken().len(), usize::from(takes_it), "{error}");
    }
}

#[tokio::test]
async fn a_relay_inside_is_not_reached_unless_it_is_allowed() {
    let sink = Sink::open(Manners::default()).await;
    let receiver = email(&sink, "tls = \"none\"\n");
    let stranger = Client::new().unwrap();
    let error = stranger
        .post(&receiver, &parcel(&receiver))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "NTF0001", "{error}");
    assert!(sink.taken().is_empty());
}

/// What an endpoint on this machine does with a connection.
async fn endpoint<F>(serve: fn(TcpStream) -> F) -> String
where
    F: Future<Output = std::io::Result<()>> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    address.to_string()
}

fn webhook(url: &str) -> Receiver {
    receiver(&format!("channel = \"webhook\"\nurl = \"{url}\""))
}

/// Reads a request to its end: the head, and as much body as it announces.
async fn request(stream: &mut TcpStream) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    loop {
        let mut chunk = [0; 4096];
        let read = stream.read(&mut chunk).await?;
        bytes.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let announced = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let is_length = name.eq_ignore_ascii_case("content-length");
            is_length.then(|| value.trim().parse::<usize>().ok())?
        });
        if read == 0 || body.len() >= announced.unwrap_or_default() {
            return Ok(text);
        }
    }
}

async fn no_http(mut stream: TcpStream) -> std::io::Result<()> {
    request(&mut stream).await?;
    stream.write_all(b"SSH-2.0-OpenSSH_9.6\r\n").await
}

async fn no_tls(mut stream: TcpStream) -> std::io::Result<()> {
    stream.write_all(b"220 sink.example ESMTP\r\n").await?;
    stream.read(&mut [0; 4096]).await.map(drop)
}

/// A byte of the head at a time, without end.
async fn slow_loris(mut stream: TcpStream) -> std::io::Result<()> {
    request(&mut stream).await?;
    stream.write_all(b"HTTP/1.1 200 OK\r\n").await?;
    loop {
        stream.write_all(b"x").await?;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn endless_body(mut stream: TcpStream) -> std::io::Result<()> {
    request(&mut stream).await?;
    stream.write_all(b"HTTP/1.1 500 Oh\r\n\r\n").await?;
    loop {
        stream.write_all(&[b'x'; 4096]).await?;
    }
}

async fn endless_head(mut stream: TcpStream) -> std::io::Result<()> {
    request(&mut stream).await?;
    stream.write_all(b"HTTP/1.1 200 OK\r\n").await?;
    loop {
        stream
            .write_all(b"x-more: and more, and more, and more\r\n")
            .await?;
    }
}

async fn hangs_up(mut stream: TcpStream) -> std::io::Result<()> {
    request(&mut stream).await?;
    Ok(())
}

async fn asks_to_wait(mut stream: TcpStream) -> std::io::Result<()> {
    request(&mut stream).await?;
    let answer = b"HTTP/1.1 429 Too Many\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n";
    stream.write_all(answer).await
}

async fn mirror(mut stream: TcpStream) -> std::io::Result<()> {
    let request = request(&mut stream).await?;
    let length = request.len();
    let answer = format!("HTTP/1.1 400 Bad\r\ncontent-length: {length}\r\n\r\n{request}");
    stream.write_all(answer.as_bytes()).await
}

#[tokio::test]
async fn endpoints_that_do_not_behave_are_bounded_and_told_apart() {
    let began = Instant::now();
    for (address, expected, may_have_arrived) in [
        (endpoint(no_http).await, "NTF0007: no answer", true),
        (
            endpoint(slow_loris).await,
            "NTF0007: no answer: timed out",
            true,
        ),
        (endpoint(endless_head).await, "NTF0007: no answer", true),
        (endpoint(hangs_up).await, "NTF0007: no answer", true),
        (
            endpoint(endless_body).await,
            "NTF0004: the receiver answered 500: xxx",
            false,
        ),
        (
            endpoint(asks_to_wait).await,
            "NTF0004: the receiver answered 429",
            false,
        ),
    ] {
        let error = tell(&webhook(&format!("http://{address}/")))
            .await
            .unwrap_err();
        assert!(
            error.to_string().contains(expected),
            "{error}, not {expected}"
        );
        assert_eq!(error.may_have_arrived(), may_have_arrived, "{error}");
        assert!(!error.is_final() && error.is_trouble(), "{error}");
        assert!(error.to_string().len() < 500, "{error}");
        if expected.contains("429") {
            assert_eq!(error.retry_after_ms(), Some(7_000));
        }
    }
    let plain = endpoint(no_tls).await;
    let error = tell(&webhook(&format!("https://{plain}/")))
        .await
        .unwrap_err();
    assert_eq!(
        error.code(),
        "NTF0006",
        "no TLS, so nothing was sent: {error}"
    );
    let closed = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let error = tell(&webhook(&format!("http://{closed}/")))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "NTF0006", "{error}");
    assert!(!error.may_have_arrived(), "{error}");
    assert!(
        began.elapsed() < 8 * TIMEOUT + PATIENCE / 2,
        "{:?}",
        began.elapsed()
    );
}

/// Secrets are in what is sent and nowhere in what is kept, even when the other side repeats
/// them.
#[tokio::test]
async fn what_an_endpoint_repeats_of_a_secret_is_not_kept() {
    let dir = tempfile::tempdir().unwrap();
    let address = endpoint(mirror).await;
    let receiver = receiver(&format!(
        "channel = \"sms\"\ngateway = \"http\"\nto = \"+8613800138000\"\n\
         url = \"http://{address}/\"\ntoken_file = \"{}\"",
        file(dir.path(), "token", "t0ken-of-the-gateway")
    ));
    let error = tell(&receiver).await.unwrap_err().to_string();
    assert!(!error.contains("t0ken-of-the-gateway"), "{error}");
    assert!(error.contains("answered 400"), "{error}");
}

/// The address of a robot is a secret as a whole, and no error shows it.
#[tokio::test]
async fn the_address_of_a_robot_is_not_shown() {
    let dir = tempfile::tempdir().unwrap();
    for (name, url) in [
        ("closed", "http://127.0.0.1:9/hook/t0ken"),
        ("none", "t0ken"),
        ("inside", "http://10.0.0.1/hook/t0ken"),
    ] {
        let url = file(dir.path(), name, url);
        let slack = receiver(&format!("channel = \"slack\"\nurl_file = \"{url}\""));
        let error = tell(&slack).await.unwrap_err();
        assert!(!error.to_string().contains("t0ken"), "{name}: {error}");
    }
}

async fn robot_that_took_it(mut stream: TcpStream) -> std::io::Result<()> {
    let request = request(&mut stream).await?;
    let asked = request.contains("msgtype") && request.contains("sign=");
    let code = if asked { 0 } else { 310_000 };
    let body = format!("{{\"errcode\":{code},\"errmsg\":\"said\"}}");
    let length = body.len();
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}");
    stream.write_all(answer.as_bytes()).await
}

#[tokio::test]
async fn a_robot_is_told_and_its_answer_looked_into() {
    let dir = tempfile::tempdir().unwrap();
    let address = endpoint(robot_that_took_it).await;
    let url = format!("http://{address}/robot/send?access_token=t0ken");
    let url = format!("url_file = \"{}\"", file(dir.path(), "url", &url));
    let secret = format!("secret_file = \"{}\"", file(dir.path(), "secret", "SEC0"));
    let signed = receiver(&format!("channel = \"dingtalk\"\n{url}\n{secret}"));
    let receipt = tell(&signed).await.unwrap();
    assert!(receipt.starts_with("HTTP 200 {\"errcode\":0"), "{receipt}");
    let unsigned = receiver(&format!("channel = \"dingtalk\"\n{url}"));
    let error = tell(&unsigned).await.unwrap_err();
    assert!(
        error.to_string().contains("310000"),
        "200 is no success: {error}"
    );
}

/// What no stream stores is not told: it is said so, and tried again.
#[tokio::test]
async fn a_subject_needs_a_stream() {
    let receiver = receiver("channel = \"nats\"\nsubject = \"pager.team-a\"");
    let bus = MemoryBus::with_tokio_clock(Timestamp::from_millis(1_795_424_400_000));
    let client = client().on(Arc::new(bus.client()));
    let error = client
        .post(&receiver, &parcel(&receiver))
        .await
        .unwrap_err();
    assert!(!error.is_final(), "{error}");
    assert!(error.to_string().contains("pager.team-a"), "{error}");
}

/// Without a bus there is no subject to publish on, and that is said.
#[tokio::test]
async fn a_subject_needs_a_bus() {
    let error = tell(&receiver("channel = \"nats\"\nsubject = \"pager.a\"")).await;
    let error = error.unwrap_err();
    assert_eq!(error.code(), "NTF0002", "{error}");
}
