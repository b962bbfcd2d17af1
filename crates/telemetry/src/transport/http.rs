//! OTLP as protobuf over HTTP.

use std::time::Duration;

use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Response, StatusCode, redirect};

use super::Taken;
use crate::error::{Error, Failure};
use crate::limits::{ANSWER_BYTES_MAX, CONNECT_WITHIN, EXPORT_WITHIN};

/// The media type of requests and answers.
const PROTOBUF: HeaderValue = HeaderValue::from_static("application/x-protobuf");

/// A client of a collector.
pub(crate) struct Client {
    http: reqwest::Client,
    traces: String,
    metrics: String,
}

impl Client {
    pub(crate) fn new(url: &str, headers: HeaderMap) -> Result<Self, Error> {
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_WITHIN)
            .timeout(EXPORT_WITHIN)
            .user_agent(concat!("posthouse/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            // Headers may hold a secret, which is for this collector only.
            .redirect(redirect::Policy::none())
            // As with gRPC, the address is the collector's and nothing stands before it.
            .no_proxy()
            .build()
            .map_err(|error| Error::Url {
                url: url.to_owned(),
                why: chain(&error),
            })?;
        let base = url.trim_end_matches('/');
        Ok(Self {
            http,
            traces: format!("{base}/v1/traces"),
            metrics: format!("{base}/v1/metrics"),
        })
    }

    pub(crate) async fn spans(
        &self,
        request: &ExportTraceServiceRequest,
    ) -> Result<Taken, Failure> {
        let answer: ExportTraceServiceResponse = self.ask(&self.traces, request).await?;
        Ok(answer.partial_success.map_or_else(Taken::default, |it| {
            Taken::partly(it.rejected_spans, it.error_message)
        }))
    }

    pub(crate) async fn metrics(
        &self,
        request: &ExportMetricsServiceRequest,
    ) -> Result<Taken, Failure> {
        let answer: ExportMetricsServiceResponse = self.ask(&self.metrics, request).await?;
        Ok(answer.partial_success.map_or_else(Taken::default, |it| {
            Taken::partly(it.rejected_data_points, it.error_message)
        }))
    }

    async fn ask<A: Message + Default>(
        &self,
        url: &str,
        request: &impl Message,
    ) -> Result<A, Failure> {
        let answer = self
            .http
            .post(url)
            .header(CONTENT_TYPE, PROTOBUF)
            .body(request.encode_to_vec())
            .send()
            .await
            .map_err(|error| Failure::away(&chain(&error)))?;
        if !answer.status().is_success() {
            return Err(failure(&answer));
        }
        // Some answer in words, with a type that says so: it was taken all the same.
        let is_protobuf = answer.headers().get(CONTENT_TYPE) == Some(&PROTOBUF);
        let body = body(answer).await?;
        match is_protobuf {
            true => A::decode(body.as_slice())
                .map_err(|error| Failure::refused(&format!("an answer that is none: {error}"))),
            false => Ok(A::default()),
        }
    }
}

/// The body of an answer, up to the bound; what is longer says nothing we want to know.
async fn body(mut answer: Response) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    loop {
        let chunk = answer.chunk().await;
        let chunk = chunk.map_err(|error| Failure::away(&chain(&error)))?;
        match chunk {
            Some(chunk) if body.len() + chunk.len() <= ANSWER_BYTES_MAX => body.extend(chunk),
            Some(_) => return Err(Failure::refused("the answer is too long")),
            None => return Ok(body),
        }
    }
}

/// # Source
///
/// OTLP specification 1.10, "OTLP/HTTP Response": which statuses may be tried again, and when.
fn failure(answer: &Response) -> Failure {
    let status = answer.status();
    let why = format!("it answered {status}");
    let asks_for_patience = matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT
    );
    match asks_for_patience {
        true => Failure::Away {
            why,
            after: retry_after(answer.headers()),
        },
        false => Failure::Refused { why },
    }
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse();
    seconds.ok().map(Duration::from_secs)
}

/// An error with what caused it. Its address is known and left out.
fn chain(error: &reqwest::Error) -> String {
    let mut why = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(deeper) = cause {
        why = format!("{why}: {deeper}");
        cause = deeper.source();
    }
    why
}
