//! OTLP over gRPC.

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_client::MetricsServiceClient;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use reqwest::header::HeaderMap;
use tonic::metadata::MetadataMap;
use tonic::transport::{Channel, ClientTlsConfig, Endpoint};
use tonic::{Code, Request, Status};

use super::Taken;
use crate::error::{Error, Failure};
use crate::limits::{ANSWER_BYTES_MAX, CONNECT_WITHIN, EXPORT_WITHIN};

/// A connection to a collector, made when it is first needed and again when it is lost.
pub(crate) struct Client {
    channel: Channel,
    metadata: MetadataMap,
}

impl Client {
    pub(crate) fn new(url: &str, headers: HeaderMap) -> Result<Self, Error> {
        Ok(Self {
            channel: endpoint(url)?.connect_lazy(),
            metadata: MetadataMap::from_headers(headers),
        })
    }

    pub(crate) async fn spans(
        &self,
        request: &ExportTraceServiceRequest,
    ) -> Result<Taken, Failure> {
        let client = TraceServiceClient::new(self.channel.clone());
        let mut client = client.max_decoding_message_size(ANSWER_BYTES_MAX);
        let request = self.with_headers(request.clone());
        let answer = in_time(client.export(request)).await?;
        let partly = answer.into_inner().partial_success;
        Ok(partly.map_or_else(Taken::default, |it| {
            Taken::partly(it.rejected_spans, it.error_message)
        }))
    }

    pub(crate) async fn metrics(
        &self,
        request: &ExportMetricsServiceRequest,
    ) -> Result<Taken, Failure> {
        let client = MetricsServiceClient::new(self.channel.clone());
        let mut client = client.max_decoding_message_size(ANSWER_BYTES_MAX);
        let request = self.with_headers(request.clone());
        let answer = in_time(client.export(request)).await?;
        let partly = answer.into_inner().partial_success;
        Ok(partly.map_or_else(Taken::default, |it| {
            Taken::partly(it.rejected_data_points, it.error_message)
        }))
    }

    fn with_headers<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        *request.metadata_mut() = self.metadata.clone();
        request
    }
}

fn endpoint(url: &str) -> Result<Endpoint, Error> {
    let fault = |error: tonic::transport::Error| Error::Url {
        url: url.to_owned(),
        why: error.to_string(),
    };
    let endpoint = Endpoint::from_shared(url.to_owned()).map_err(fault)?;
    let endpoint = match url.starts_with("https://") {
        true => endpoint
            .tls_config(ClientTlsConfig::new().with_native_roots())
            .map_err(fault)?,
        false => endpoint,
    };
    Ok(endpoint
        .connect_timeout(CONNECT_WITHIN)
        .tcp_nodelay(true)
        .buffer_size(8))
}

async fn in_time<T>(answer: impl Future<Output = Result<T, Status>>) -> Result<T, Failure> {
    match tokio::time::timeout(EXPORT_WITHIN, answer).await {
        Ok(answer) => answer.map_err(|status| failure(&status)),
        Err(_) => Err(Failure::away(&format!(
            "no answer within {} s",
            EXPORT_WITHIN.as_secs()
        ))),
    }
}

/// # Source
///
/// OTLP specification 1.10, "OTLP/gRPC Response": which codes may be tried again. One that is out
/// of resources may be where it says when (`RetryInfo`, in the details).
fn failure(status: &Status) -> Failure {
    let why = format!("{:?}: {}", status.code(), status.message());
    match status.code() {
        Code::Cancelled
        | Code::DeadlineExceeded
        | Code::Aborted
        | Code::OutOfRange
        | Code::Unavailable
        | Code::DataLoss => Failure::away(&why),
        Code::ResourceExhausted if !status.details().is_empty() => Failure::away(&why),
        _ => Failure::refused(&why),
    }
}
