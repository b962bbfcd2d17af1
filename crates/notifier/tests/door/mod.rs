//! An endpoint on this machine that notes what is posted, and answers as the test says.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How long a test waits for a post.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the endpoint does with a post.
pub(crate) enum Answer {
    Status(u16),
    /// A redirect to the same endpoint.
    Elsewhere,
    Never,
}

/// What was posted.
#[derive(Clone, Debug)]
pub(crate) struct Post {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// The `webhook-id`.
    pub(crate) id: String,
    /// Which attempt the body says it is.
    pub(crate) attempt: u32,
}

#[derive(Clone)]
struct Shared {
    posts: Arc<Mutex<Vec<Post>>>,
    count: Arc<watch::Sender<usize>>,
    answer: fn(&Post) -> Answer,
}

/// The endpoint; it closes when it is dropped.
pub(crate) struct Door {
    url: String,
    shared: Shared,
    task: JoinHandle<()>,
}

impl Door {
    pub(crate) async fn open(answer: fn(&Post) -> Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let (count, _) = watch::channel(0);
        let shared = Shared {
            posts: Arc::default(),
            count: Arc::new(count),
            answer,
        };
        let router = Router::new()
            .route("/hook", post(take))
            .with_state(shared.clone());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, shared, task }
    }

    pub(crate) fn url(&self) -> String {
        self.url.clone()
    }

    /// What was posted so far.
    pub(crate) fn posts(&self) -> Vec<Post> {
        self.shared.posts.lock().unwrap().clone()
    }

    /// Waits until so many posts have come.
    pub(crate) async fn wait_for(&self, count: usize) {
        let mut counted = self.shared.count.subscribe();
        let enough = counted.wait_for(|counted| *counted >= count);
        tokio::time::timeout(PATIENCE, enough)
            .await
            .expect("the posts come in time")
            .unwrap();
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn take(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let json: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let post = Post {
        id: headers["webhook-id"].to_str().unwrap().to_owned(),
        attempt: json["data"]["attempt"]
            .as_u64()
            .unwrap()
            .try_into()
            .unwrap(),
        headers,
        body: body.to_vec(),
    };
    let answer = (shared.answer)(&post);
    shared.posts.lock().unwrap().push(post);
    shared.count.send_modify(|count| *count += 1);
    match answer {
        Answer::Status(204) => StatusCode::NO_CONTENT.into_response(),
        Answer::Status(status) => (StatusCode::from_u16(status).unwrap(), "thanks").into_response(),
        Answer::Elsewhere => Redirect::temporary("/hook").into_response(),
        Answer::Never => std::future::pending().await,
    }
}
