//! A collector that answers as it is told, over gRPC or HTTP, and counts who asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response as HttpResponse};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use posthouse_runtime::config::Protocol;
use prost::Message as _;
use tokio::net::TcpListener;
use tonic::{Request, Response, Status};

/// One answer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Answer {
    /// All is taken.
    Take,
    /// All but so many spans are taken.
    TakeAllBut(i64),
    /// Later, perhaps.
    Later,
    /// Never.
    Never,
    /// None at all.
    Hang,
}

/// What a collector answers, in turn; the last answer stays. And the tokens it was shown.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    tokens: Arc<Mutex<Vec<String>>>,
}

impl Script {
    fn next(&self, token: Option<&str>) -> Answer {
        self.tokens
            .lock()
            .unwrap()
            .push(token.unwrap_or_default().to_owned());
        let mut answers = self.answers.lock().unwrap();
        match answers.len() {
            1 => answers[0],
            _ => answers.pop_front().unwrap(),
        }
    }

    /// The token that came with each export.
    pub(crate) fn tokens(&self) -> Vec<String> {
        self.tokens.lock().unwrap().clone()
    }
}

/// Starts a collector; gives its address.
pub(crate) async fn start(protocol: Protocol, answers: &[Answer]) -> (Script, String) {
    let script = Script {
        answers: Arc::new(Mutex::new(answers.iter().copied().collect())),
        tokens: Arc::default(),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = match protocol {
        Protocol::Http => Router::new().fallback(over_http).with_state(script.clone()),
        Protocol::Grpc => {
            let service = TraceServiceServer::new(script.clone());
            let incoming = tonic::transport::server::TcpIncoming::from(listener);
            let server = tonic::transport::Server::builder().add_service(service);
            tokio::spawn(server.serve_with_incoming(incoming));
            return (script, url);
        }
    };
    tokio::spawn(async move { axum::serve(listener, router).await });
    (script, url)
}

fn taken(rejected: i64) -> ExportTraceServiceResponse {
    ExportTraceServiceResponse {
        partial_success: (rejected > 0).then(|| ExportTracePartialSuccess {
            rejected_spans: rejected,
            error_message: "too old".to_owned(),
        }),
    }
}

async fn over_http(State(script): State<Script>, headers: HeaderMap) -> HttpResponse {
    let token = headers.get("x-token").map(|token| token.to_str().unwrap());
    let protobuf = [(header::CONTENT_TYPE, "application/x-protobuf")];
    match script.next(token) {
        Answer::Take => (protobuf, taken(0).encode_to_vec()).into_response(),
        Answer::TakeAllBut(rejected) => (protobuf, taken(rejected).encode_to_vec()).into_response(),
        Answer::Later => (
            StatusCode::SERVICE_UNAVAILABLE,
            [(header::RETRY_AFTER, "0")],
        )
            .into_response(),
        Answer::Never => StatusCode::BAD_REQUEST.into_response(),
        Answer::Hang => std::future::pending().await,
    }
}

#[tonic::async_trait]
impl TraceService for Script {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let token = request.metadata().get("x-token");
        match self.next(token.map(|token| token.to_str().unwrap())) {
            Answer::Take => Ok(Response::new(taken(0))),
            Answer::TakeAllBut(rejected) => Ok(Response::new(taken(rejected))),
            Answer::Later => Err(Status::unavailable("later")),
            Answer::Never => Err(Status::invalid_argument("never")),
            Answer::Hang => std::future::pending().await,
        }
    }
}
