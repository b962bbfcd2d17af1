//! A mail relay on this machine that keeps what it is given: enough of RFC 5321 for a client that
//! keeps to it, with STARTTLS (RFC 3207), TLS from the first byte (RFC 8314), and AUTH PLAIN and
//! LOGIN (RFC 4954).
//!
//! It is strict where a client may go wrong: commands out of order, lines that are not ended by
//! CRLF, or a message without its dot-stuffing undone would be seen by a test.

use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// The certificate of whoever signed that of the relay; for `localhost` and 127.0.0.1.
pub const CA_PEM: &str = include_str!("smtp/ca.pem");
/// The certificate of the relay.
pub const CERTIFICATE_PEM: &str = include_str!("smtp/cert.pem");
/// The key of the relay. Of no use to anybody: it is published with this source.
pub const KEY_PEM: &str = include_str!("smtp/key.pem");

/// How a relay behaves.
#[derive(Clone, Debug, Default)]
pub struct Manners {
    /// Whether it speaks TLS from the first byte.
    pub implicit_tls: bool,
    /// Whether it offers STARTTLS.
    pub starttls: bool,
    /// Name and password that it asks for.
    pub login: Option<(String, String)>,
    /// What it says to whoever begins, in the place of its greeting.
    pub greeting: Option<String>,
    /// Its reply to each recipient in the place of `250`; the first argument of `RCPT` is looked
    /// at.
    pub refuses: Option<(String, String)>,
    /// Whether it takes a message and never replies.
    pub swallows: bool,
}

/// A message that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The reverse path.
    pub from: String,
    /// The recipients.
    pub to: Vec<String>,
    /// The message, lines ended by CRLF.
    pub message: String,
    /// Whether it came encrypted.
    pub encrypted: bool,
    /// Who had logged in.
    pub user: Option<String>,
}

/// The relay; it closes when it is dropped.
#[derive(Debug)]
pub struct Sink {
    port: u16,
    taken: Arc<Mutex<Vec<Taken>>>,
    task: JoinHandle<()>,
}

impl Sink {
    /// Opens a relay on a free port of 127.0.0.1.
    ///
    /// # Panics
    ///
    /// When there is none.
    pub async fn open(manners: Manners) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("this machine has a free port");
        let port = listener.local_addr().map_or(0, |address| address.port());
        let taken = Arc::<Mutex<Vec<Taken>>>::default();
        let kept = Arc::clone(&taken);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (manners, kept) = (manners.clone(), Arc::clone(&kept));
                tokio::spawn(async move {
                    // A client that goes away ends its own conversation only.
                    serve(stream, &manners, &kept).await.ok();
                });
            }
        });
        Self { port, taken, task }
    }

    /// Its port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// What was taken so far.
    #[must_use]
    pub fn taken(&self) -> Vec<Taken> {
        lock(&self.taken).clone()
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One conversation, and what is known of the client.
struct Talk<'a, S> {
    stream: BufReader<S>,
    manners: &'a Manners,
    kept: &'a Mutex<Vec<Taken>>,
    encrypted: bool,
    user: Option<String>,
    from: Option<String>,
    to: Vec<String>,
}

/// How a conversation goes on.
enum Next {
    Command,
    Starttls,
    Over,
}

async fn serve(
    stream: TcpStream,
    manners: &Manners,
    kept: &Mutex<Vec<Taken>>,
) -> std::io::Result<()> {
    if manners.implicit_tls {
        let stream = acceptor().accept(stream).await?;
        Talk::new(stream, manners, kept, true).run(true).await?;
        return Ok(());
    }
    let plain = Talk::new(stream, manners, kept, false).run(true).await?;
    if let Some(stream) = plain {
        let stream = acceptor().accept(stream).await?;
        Talk::new(stream, manners, kept, true).run(false).await?;
    }
    Ok(())
}

impl<'a, S: AsyncRead + AsyncWrite + Unpin> Talk<'a, S> {
    fn new(stream: S, manners: &'a Manners, kept: &'a Mutex<Vec<Taken>>, encrypted: bool) -> Self {
        Self {
            stream: BufReader::new(stream),
            manners,
            kept,
            encrypted,
            user: None,
            from: None,
            to: Vec::new(),
        }
    }

    /// Talks to the end, or until the client wants TLS: then the stream is given back.
    async fn run(mut self, greets: bool) -> std::io::Result<Option<S>> {
        if greets {
            let greeting = self.manners.greeting.clone();
            let greeting = greeting.unwrap_or_else(|| "220 sink.example ESMTP".to_owned());
            self.say(&greeting).await?;
        }
        loop {
            let Some(line) = self.line().await? else {
                return Ok(None);
            };
            match self.command(&line).await? {
                Next::Command => {}
                Next::Starttls => return Ok(Some(self.stream.into_inner())),
                Next::Over => return Ok(None),
            }
        }
    }

    async fn command(&mut self, line: &str) -> std::io::Result<Next> {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => self.hello().await?,
            "STARTTLS" if self.manners.starttls && !self.encrypted => {
                self.say("220 go ahead").await?;
                return Ok(Next::Starttls);
            }
            "AUTH" => self.auth(rest).await?,
            "MAIL" if self.manners.login.is_some() && self.user.is_none() => {
                self.say("530 5.7.0 authentication required").await?;
            }
            "MAIL" => {
                self.from = path(rest);
                self.to.clear();
                self.say("250 2.1.0 ok").await?;
            }
            "RCPT" if self.from.is_some() => self.recipient(rest).await?,
            "DATA" if !self.to.is_empty() => return self.data().await,
            "QUIT" => {
                self.say("221 2.0.0 bye").await?;
                return Ok(Next::Over);
            }
            _ => self.say("503 5.5.1 bad sequence of commands").await?,
        }
        Ok(Next::Command)
    }

    async fn hello(&mut self) -> std::io::Result<()> {
        self.say("250-sink.example").await?;
        if self.manners.starttls && !self.encrypted {
            self.say("250-STARTTLS").await?;
        }
        if self.manners.login.is_some() {
            self.say("250-AUTH PLAIN LOGIN").await?;
        }
        self.say("250 8BITMIME").await
    }

    /// `PLAIN` with its response at once: nothing, name and password, parted by zeros.
    async fn auth(&mut self, rest: &str) -> std::io::Result<()> {
        let said = rest.strip_prefix("PLAIN ").unwrap_or_default();
        let said = STANDARD.decode(said.trim()).unwrap_or_default();
        let said = String::from_utf8_lossy(&said).into_owned();
        let mut parts = said.split('\0').skip(1);
        let known = self.manners.login.as_ref().filter(|(user, password)| {
            parts.next() == Some(user.as_str()) && parts.next() == Some(password.as_str())
        });
        match known {
            Some((user, _)) => {
                self.user = Some(user.clone());
                self.say("235 2.7.0 welcome").await
            }
            None => self.say("535 5.7.8 authentication failed").await,
        }
    }

    async fn recipient(&mut self, rest: &str) -> std::io::Result<()> {
        let to = path(rest).unwrap_or_default();
        if let Some((whom, reply)) = &self.manners.refuses
            && *whom == to
        {
            let reply = reply.clone();
            return self.say(&reply).await;
        }
        self.to.push(to);
        self.say("250 2.1.5 ok").await
    }

    async fn data(&mut self) -> std::io::Result<Next> {
        self.say("354 end with a dot").await?;
        let mut message = String::new();
        loop {
            let Some(line) = self.line().await? else {
                return Ok(Next::Over);
            };
            if line == "." {
                break;
            }
            // What begins with a dot was given another (RFC 5321, 4.5.2).
            message.push_str(line.strip_prefix('.').unwrap_or(&line));
            message.push_str("\r\n");
        }
        lock(self.kept).push(Taken {
            from: self.from.take().unwrap_or_default(),
            to: std::mem::take(&mut self.to),
            message,
            encrypted: self.encrypted,
            user: self.user.clone(),
        });
        if self.manners.swallows {
            std::future::pending::<()>().await;
        }
        self.say("250 2.0.0 taken").await?;
        Ok(Next::Command)
    }

    /// The next line without its end; `None` when there is none.
    async fn line(&mut self) -> std::io::Result<Option<String>> {
        let mut line = String::new();
        if self.stream.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        let ended = line.strip_suffix("\r\n");
        Ok(ended.map(str::to_owned))
    }

    async fn say(&mut self, line: &str) -> std::io::Result<()> {
        let stream = self.stream.get_mut();
        stream.write_all(format!("{line}\r\n").as_bytes()).await?;
        stream.flush().await
    }
}

/// What stands between `<` and `>`.
fn path(rest: &str) -> Option<String> {
    let (_, rest) = rest.split_once('<')?;
    Some(rest.split_once('>')?.0.to_owned())
}

fn acceptor() -> TlsAcceptor {
    let certificates = CertificateDer::pem_slice_iter(CERTIFICATE_PEM.as_bytes());
    let certificates = certificates.collect::<Result<Vec<_>, _>>();
    let key = PrivateKeyDer::from_pem_slice(KEY_PEM.as_bytes());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider knows TLS 1.2 and 1.3")
        .with_no_client_auth()
        .with_single_cert(
            certificates.expect("the certificate beside this file can be read"),
            key.expect("the key beside this file can be read"),
        )
        .expect("the key is the certificate's");
    TlsAcceptor::from(Arc::new(config))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
