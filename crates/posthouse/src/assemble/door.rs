//! The HTTP door: what the roles of this process answer, and what the process says of itself.

use axum::routing::get;
use axum::{Json, Router};
use posthouse_runtime::problem::guard;
use posthouse_runtime::shutdown::{Server, serve};
use posthouse_runtime::{health, metrics};
use serde::Serialize;
use utoipa::openapi::OpenApi;

use super::House;
use crate::exit::{Error, Exit};

/// What is behind the door.
pub(crate) struct Door {
    router: Router,
    api: OpenApi,
    about: About,
}

/// What the process says of itself at `GET /v1/about`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct About {
    version: &'static str,
    node: String,
    nats_url: Option<String>,
    regions: Vec<String>,
    roles: Vec<&'static str>,
}

/// What `house` says of itself.
pub(crate) fn about_of(house: &House, regions: &[String], roles: Vec<&'static str>) -> About {
    About {
        version: env!("CARGO_PKG_VERSION"),
        node: house.node.clone(),
        nats_url: house.config.bus.urls.first().cloned(),
        regions: regions.to_vec(),
        roles,
    }
}

impl Door {
    /// A door with nothing but health, metrics and what the process says of itself.
    pub(crate) fn new(house: &House, about: About) -> Self {
        let mut api = utoipa::openapi::OpenApiBuilder::new().build();
        api.info.title = "Posthouse".to_owned();
        api.info.version = env!("CARGO_PKG_VERSION").to_owned();
        let router = health::router(house.health.clone(), house.metrics.clone());
        Self { router, api, about }
    }

    /// Adds what a role answers. The first region answers at the root; others below
    /// `/regions/{region}`.
    pub(crate) fn add(&mut self, below: Option<&str>, router: Router, api: OpenApi) {
        let open = std::mem::take(&mut self.router);
        self.router = match below {
            None => {
                self.api.merge(api);
                open.merge(router)
            }
            Some(region) => open.nest(&format!("/regions/{region}"), router),
        };
    }

    /// Opens the door.
    pub(crate) async fn open(self, house: &House) -> Result<Server, Error> {
        let (about, api) = (self.about, self.api);
        let router = self
            .router
            .route(
                "/v1/about",
                get(move || std::future::ready(Json(about.clone()))),
            )
            .route(
                "/openapi.json",
                get(move || std::future::ready(Json(api.clone()))),
            );
        let http = &house.config.http;
        let router = guard(router, http.body_bytes_max, http.request_timeout());
        let router = metrics::track(router, &house.metrics);
        serve(
            house.config.http.address,
            router,
            &house.shutdown,
            &house.metrics,
        )
        .await
        .map_err(|error| Error::new(Exit::Failed, format!("{error} ({})", error.code())))
    }
}
