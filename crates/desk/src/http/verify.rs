//! Walking the log.

use axum::extract::State;
use posthouse_auditor::Report;
use posthouse_runtime::problem::{Json, Problem};

use super::{Doors, problems};

/// Walks the logs of all regions of this process from their beginning, and says whether they
/// hold what the invariants promise.
#[utoipa::path(
    post,
    path = "/v1/verify",
    tag = "operation",
    responses(
        (status = 200, description = "What was found", body = Report),
        (status = 503, description = "The log is being walked for somebody else, or cannot be read: a problem", content_type = "application/problem+json"),
    )
)]
pub(super) async fn verify(State(doors): State<Doors>) -> Result<Json<Report>, Problem> {
    let Ok(_alone) = doors.verifying.try_acquire() else {
        return Err(problems::full("the log is being walked for somebody else"));
    };
    let mut report = Report::default();
    for desk in doors.desks.iter() {
        report.add(desk.verify().await.map_err(|e| problems::failed(&e))?);
    }
    Ok(Json(report))
}
