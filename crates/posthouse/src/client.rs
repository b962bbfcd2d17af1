//! A client of Posthouse's HTTP door.
//!
//! What the server refuses comes back as a problem document (RFC 9457); here it becomes an
//! error for people, with the exit code that fits.

mod problem;

use std::time::Duration;

use reqwest::{Method, RequestBuilder, StatusCode, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::cli::connect::ServerArgs;
use crate::exit::{Error, Exit};
use problem::Problem;

/// How long connecting may take.
const CONNECT_WAIT: Duration = Duration::from_secs(5);
/// How long an answer may take. Verifying a long log is the slowest question.
const ANSWER_WAIT: Duration = Duration::from_secs(300);
/// The header that makes a repeat the same request.
const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// A connection to the HTTP door.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    server: Url,
}

/// An HTTP client for our own doors.
pub(crate) fn http() -> Result<reqwest::Client, Error> {
    choose_tls();
    reqwest::Client::builder()
        .connect_timeout(CONNECT_WAIT)
        .timeout(ANSWER_WAIT)
        .user_agent(concat!("posthouse/", env!("CARGO_PKG_VERSION")))
        // The door is ours; a proxy for the web does not lead to it.
        .no_proxy()
        .build()
        .map_err(|error| Error::failed(format!("set up the HTTP client: {error}")))
}

/// Chooses the TLS of this process. Where another was chosen already, that one serves as well.
pub(crate) fn choose_tls() {
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
}

impl Client {
    /// A client of the server that the command line names. Connects when it is first asked.
    pub(crate) fn new(args: &ServerArgs) -> Result<Self, Error> {
        Ok(Self {
            http: http()?,
            server: server_url(&args.server)?,
        })
    }

    /// The address of the server.
    pub(crate) const fn server(&self) -> &Url {
        &self.server
    }

    /// Asks for a value.
    ///
    /// # Errors
    ///
    /// As [`Self::get_text`], and when the answer is something else than was expected.
    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<T, Error> {
        let text = self.get_text(path, query).await?;
        self.read(path, &text)
    }

    /// Asks for a value, as the server wrote it.
    ///
    /// # Errors
    ///
    /// - [`Exit::Unavailable`] when nobody answers, or the server cannot for now.
    /// - [`Exit::NotFound`], [`Exit::Refused`], [`Exit::Usage`] as the server says.
    pub(crate) async fn get_text(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<String, Error> {
        self.send(path, self.request(Method::GET, path).query(query))
            .await
    }

    /// Asks the server to do something; gives its answer as it wrote it.
    ///
    /// # Errors
    ///
    /// As [`Self::get_text`].
    pub(crate) async fn post_text(
        &self,
        path: &[&str],
        body: &impl Serialize,
        idempotency_key: Option<&str>,
    ) -> Result<String, Error> {
        let mut request = self.request(Method::POST, path).json(body);
        if let Some(key) = idempotency_key {
            request = request.header(IDEMPOTENCY_KEY, key);
        }
        self.send(path, request).await
    }

    /// Reads an answer.
    ///
    /// # Errors
    ///
    /// When it is something else than was expected.
    pub(crate) fn read<T: DeserializeOwned>(&self, path: &[&str], text: &str) -> Result<T, Error> {
        serde_json::from_str(text).map_err(|error| {
            let asked = self.url(path);
            Error::failed(format!("understand what {asked} answered: {error}"))
                .hint("is this the address of a Posthouse, and of the same version?")
        })
    }

    fn request(&self, method: Method, path: &[&str]) -> RequestBuilder {
        self.http.request(method, self.url(path))
    }

    /// The address of what `path` names; each segment is escaped.
    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.server.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }

    async fn send(&self, path: &[&str], request: RequestBuilder) -> Result<String, Error> {
        let response = request
            .send()
            .await
            .map_err(|error| self.unreachable(&error))?;
        let status = response.status();
        let text = response
            .text()
            .await
            .map_err(|error| self.unreachable(&error))?;
        if status.is_success() {
            return Ok(text);
        }
        Err(self.refused(path, status, &text))
    }

    fn unreachable(&self, error: &reqwest::Error) -> Error {
        let why = innermost(error);
        let message = format!("reach {}: {why}", self.server);
        let error = Error::new(Exit::Unavailable, message);
        error.hint("is `posthouse up` running? --server or POSTHOUSE_SERVER says where")
    }

    fn refused(&self, path: &[&str], status: StatusCode, text: &str) -> Error {
        let exit = exit_of(status);
        let asked = format!("ask {}", self.url(path));
        match Problem::parse(text) {
            Some(problem) => problem.into_error(exit, &asked),
            None => Error::new(exit, format!("{asked}: it answered {status}")),
        }
    }
}

/// The exit code for what a server answered.
const fn exit_of(status: StatusCode) -> Exit {
    match status {
        StatusCode::NOT_FOUND | StatusCode::GONE => Exit::NotFound,
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::CONFLICT => Exit::Refused,
        StatusCode::TOO_MANY_REQUESTS
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => Exit::Unavailable,
        StatusCode::BAD_REQUEST
        | StatusCode::PAYLOAD_TOO_LARGE
        | StatusCode::UNSUPPORTED_MEDIA_TYPE
        | StatusCode::UNPROCESSABLE_ENTITY => Exit::Usage,
        _ => Exit::Failed,
    }
}

fn server_url(text: &str) -> Result<Url, Error> {
    let url = Url::parse(text).map_err(|error| unusable(text, &error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(unusable(text, "it is no address of the web"));
    }
    Ok(url)
}

fn unusable(text: &str, why: &str) -> Error {
    Error::usage(format!("use the server `{text}`: {why}"))
        .hint("write it as http://127.0.0.1:7070")
}

/// What lies at the bottom of an error: `Connection refused`, not "error sending request".
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}
