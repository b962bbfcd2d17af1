//! SMTP: one conversation with a relay, for one message.
//!
//! The relay is resolved here and only addresses within reach are connected to, as with HTTP.
//! Until the message itself is under way nothing can have arrived, so what goes wrong before is
//! told apart from what goes wrong after.

use std::error::Error as _;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, AsyncTokioStream, Certificate, CertificateStore, TlsParameters,
};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{Error as SmtpError, response::Response};
use posthouse_domain::notify::{Relay, Tls};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::ConfigVerifierExt;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;

use super::metered::Metered;
use super::reach::Reach;
use crate::channel::{Answer, Error, Mail};
use crate::limits;

/// Gives a message to its relay.
pub(super) async fn exchange(
    reach: &Reach,
    mail: &Mail,
    within: Duration,
) -> Result<Answer, Error> {
    let deadline = Instant::now() + within;
    let connected = timeout_at(deadline, connect(reach, mail)).await;
    let mut connection =
        connected.map_err(|_| Error::Unreached("timed out before the message".to_owned()))??;
    let sent = timeout_at(deadline, connection.send(&mail.envelope, &mail.message)).await;
    // Good manners, if there is time for them; the outcome is known already.
    timeout_at(deadline, connection.abort()).await.ok();
    match sent {
        Ok(Ok(response)) => Ok(said(&response)),
        Ok(Err(error)) => replied(&error).ok_or_else(|| Error::NoAnswer(text(&error))),
        Err(_) => Err(Error::NoAnswer("timed out".to_owned())),
    }
}

/// A connection on which a message may be sent: greeted, kept secret, and known.
async fn connect(reach: &Reach, mail: &Mail) -> Result<AsyncSmtpConnection, Error> {
    let relay = &mail.relay;
    let tcp = dial(reach, relay).await?;
    let unreached = |error: std::io::Error| Error::Unreached(error.to_string());
    let (peer, hello) = (
        tcp.peer_addr().map_err(unreached)?,
        hello(tcp.local_addr().map_err(unreached)?.ip()),
    );
    let bytes_max = limits::RELAY_BYTES_MAX;
    let stream: Box<dyn AsyncTokioStream> = if relay.tls == Tls::Implicit {
        let tls = encrypted(tcp, relay).await?;
        Box::new(Metered::new(tls, peer, bytes_max))
    } else {
        Box::new(Metered::new(tcp, peer, bytes_max))
    };
    let greeted = AsyncSmtpConnection::connect_with_transport(stream, &hello).await;
    let mut connection = greeted.map_err(|error| turned_away(&error))?;
    if relay.tls == Tls::Starttls {
        let parameters = parameters(relay).await?;
        let upgraded = connection.starttls(parameters, &hello).await;
        upgraded.map_err(|error| Error::Unreached(format!("STARTTLS: {}", text(&error))))?;
    }
    if let (Some(login), Some(password)) = (&relay.login, &mail.password) {
        let credentials = Credentials::new(login.user.clone(), password.clone());
        let known = connection.auth(DEFAULT_MECHANISMS, &credentials).await;
        known.map_err(|error| match replied(&error) {
            Some(answer) => Error::Misconfigured(format!(
                "log in to the relay as {}: {} {}",
                login.user,
                answer.status,
                answer.beginning()
            )),
            None => Error::Unreached(format!("log in to the relay: {}", text(&error))),
        })?;
    }
    Ok(connection)
}

async fn dial(reach: &Reach, relay: &Relay) -> Result<TcpStream, Error> {
    reach.check_host(&relay.host)?;
    let unreached = |error: std::io::Error| Error::Unreached(error.to_string());
    let host = relay.host.trim_matches(['[', ']']);
    let found = tokio::net::lookup_host((host, relay.port)).await;
    let may = reach.choose(host, found.map_err(unreached)?.collect())?;
    TcpStream::connect(&may[..]).await.map_err(unreached)
}

/// Who greets: by address, since a courier has no name that others could look up.
const fn hello(address: IpAddr) -> ClientId {
    match address {
        IpAddr::V4(address) => ClientId::Ipv4(address),
        IpAddr::V6(address) => ClientId::Ipv6(address),
    }
}

/// TLS from the first byte.
async fn encrypted(
    tcp: TcpStream,
    relay: &Relay,
) -> Result<tokio_rustls::client::TlsStream<TcpStream>, Error> {
    let config = match own_roots(relay).await? {
        None => ClientConfig::with_platform_verifier().map_err(|error| unusable(&error))?,
        Some(pem) => {
            let mut roots = RootCertStore::empty();
            for certificate in CertificateDer::pem_slice_iter(&pem) {
                let certificate = certificate.map_err(|error| unusable(&error))?;
                roots.add(certificate).map_err(|error| unusable(&error))?;
            }
            ClientConfig::builder()
                .with_root_certificates(roots)
                .with_no_client_auth()
        }
    };
    let name = ServerName::try_from(relay.host.clone()).map_err(|error| unusable(&error))?;
    let connector = TlsConnector::from(Arc::new(config));
    let encrypted = connector.connect(name, tcp).await;
    encrypted.map_err(|error| Error::Unreached(format!("TLS: {error}")))
}

/// What is needed for STARTTLS.
async fn parameters(relay: &Relay) -> Result<TlsParameters, Error> {
    let mut builder = TlsParameters::builder(relay.host.clone());
    if let Some(pem) = own_roots(relay).await? {
        builder = builder.certificate_store(CertificateStore::None);
        let certificates = Certificate::from_pem(&pem).map_err(|error| unusable(&error))?;
        builder = builder.add_root_certificate(certificates);
    }
    builder.build_rustls().map_err(|error| unusable(&error))
}

/// The certificates to trust instead of the platform's.
async fn own_roots(relay: &Relay) -> Result<Option<Vec<u8>>, Error> {
    let Some(file) = &relay.ca_file else {
        return Ok(None);
    };
    let pem = tokio::fs::read(file).await;
    pem.map(Some)
        .map_err(|error| Error::Misconfigured(format!("read certificates {file}: {error}")))
}

fn unusable(error: &dyn std::fmt::Display) -> Error {
    Error::Misconfigured(format!("use TLS with the relay: {error}"))
}

/// The relay did not let us in: perhaps next time, whatever the code.
fn turned_away(error: &SmtpError) -> Error {
    match replied(error) {
        Some(answer) => answer.refused(),
        None => Error::Unreached(text(error)),
    }
}

/// What the relay replied.
fn said(response: &Response) -> Answer {
    let lines: Vec<&str> = response.message().collect();
    Answer {
        status: response.code().into(),
        body: lines.join(" "),
        ..Answer::default()
    }
}

/// What the relay replied, where it is that which ended the conversation.
fn replied(error: &SmtpError) -> Option<Answer> {
    let status = error.status()?;
    let said = error.source();
    Some(Answer {
        status: status.into(),
        body: said.map(ToString::to_string).unwrap_or_default(),
        ..Answer::default()
    })
}

fn text(error: &SmtpError) -> String {
    error.to_string()
}
