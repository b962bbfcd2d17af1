//! Statistics.

use axum::extract::State;
use posthouse_runtime::problem::{Json, Problem};

use super::{Doors, problems};
use crate::stats::Stats;

/// Counts what there is, in all regions of this process together.
#[utoipa::path(
    get,
    path = "/v1/stats",
    tag = "statistics",
    responses((status = 200, description = "What there is", body = Stats))
)]
pub(super) async fn stats(State(doors): State<Doors>) -> Result<Json<Stats>, Problem> {
    let mut stats = Stats {
        caught_up: true,
        ..Stats::default()
    };
    for desk in doors.desks.iter() {
        stats.add(desk.stats().await.map_err(|e| problems::failed(&e))?);
    }
    Ok(Json(stats))
}
