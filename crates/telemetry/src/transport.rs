//! How exports get to the collector: gRPC or HTTP, the same messages either way.

mod grpc;
mod http;

use std::path::Path;

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use posthouse_runtime::config::{Protocol, read_secret};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::error::{Error, Failure};
use crate::limits::HEADERS_MAX;

/// The way to a collector.
pub(crate) enum Transport {
    Grpc(grpc::Client),
    Http(http::Client),
}

/// What a collector did with an export that it took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Taken {
    /// How much of it it did not want after all: spans, or points of metrics.
    pub(crate) rejected: usize,
    /// What it had to say.
    pub(crate) said: String,
}

impl Taken {
    /// What a *partial success* says: so many rejected, and why.
    fn partly(rejected: i64, said: String) -> Self {
        Self {
            rejected: usize::try_from(rejected).unwrap_or(0),
            said,
        }
    }
}

impl Transport {
    /// The way to the collector at `url`. Nothing is connected before the first export.
    pub(crate) fn new(protocol: Protocol, url: &str, headers: HeaderMap) -> Result<Self, Error> {
        match protocol {
            Protocol::Grpc => grpc::Client::new(url, headers).map(Self::Grpc),
            Protocol::Http => http::Client::new(url, headers).map(Self::Http),
        }
    }

    /// Exports spans, trying once.
    pub(crate) async fn spans(
        &self,
        request: &ExportTraceServiceRequest,
    ) -> Result<Taken, Failure> {
        match self {
            Self::Grpc(client) => client.spans(request).await,
            Self::Http(client) => client.spans(request).await,
        }
    }

    /// Exports metrics, trying once.
    pub(crate) async fn metrics(
        &self,
        request: &ExportMetricsServiceRequest,
    ) -> Result<Taken, Failure> {
        match self {
            Self::Grpc(client) => client.metrics(request).await,
            Self::Http(client) => client.metrics(request).await,
        }
    }
}

/// The headers that go with every export: those of a file, one `name: value` per line.
///
/// # Errors
///
/// [`Error::Headers`]. No error holds what the file does.
pub(crate) fn headers(file: Option<&Path>) -> Result<HeaderMap, Error> {
    let Some(file) = file else {
        return Ok(HeaderMap::new());
    };
    let fault = |why: String| Error::Headers {
        file: file.to_owned(),
        why,
    };
    let text = read_secret(file).map_err(|error| fault(error.to_string()))?;
    understood(&text).map_err(fault)
}

fn understood(text: &str) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    let lines = text.lines().enumerate();
    for (index, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
        let line_number = index + 1;
        let header = line.split_once(':').and_then(|(name, value)| {
            let name = name.trim().parse::<HeaderName>().ok()?;
            let value = HeaderValue::from_str(value.trim()).ok()?;
            Some((name, value))
        });
        let (name, mut value) =
            header.ok_or_else(|| format!("line {line_number} is not `name: value`"))?;
        if headers.len() == HEADERS_MAX {
            return Err(format!("more than {HEADERS_MAX} headers"));
        }
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_lines_and_are_kept_secret() {
        let headers = understood("Authorization: Bearer a:b\n\n x-team : desk \n").unwrap();
        assert_eq!(headers["authorization"], "Bearer a:b");
        assert_eq!(headers["x-team"], "desk");
        assert!(!format!("{headers:?}").contains("Bearer"));
    }

    #[test]
    fn what_is_no_header_is_refused_by_its_line_and_not_shown() {
        for text in ["a: b\nsecret", "a: b\nsec ret: x", "a: b\nsecret: \u{1}"] {
            let why = understood(text).unwrap_err();
            assert!(why.contains("line 2") && !why.contains("sec"), "{why}");
        }
        let many: String = (0..=HEADERS_MAX).map(|n| format!("h{n}: x\n")).collect();
        assert!(understood(&many).is_err());
    }

    #[test]
    fn a_file_that_is_not_there_is_said() {
        let error = headers(Some(Path::new("/nowhere/at/all"))).unwrap_err();
        assert_eq!(error.code(), "TEL0002");
    }
}
