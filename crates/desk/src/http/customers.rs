//! Customers: how they want to be told.

use axum::extract::State;
use posthouse_runtime::problem::{Json, Path, Problem};

use super::{Doors, problems};
use crate::preferences::PreferenceView;

/// Shows how a customer wants to be told; nothing in particular where nobody said anything.
#[utoipa::path(
    get,
    path = "/v1/customers/{id}/preference",
    tag = "customers",
    params(("id" = String, Path, description = "The customer's key")),
    responses(
        (status = 200, description = "What was said last", body = PreferenceView),
    )
)]
pub(super) async fn preference(
    State(doors): State<Doors>,
    Path(id): Path<String>,
) -> Result<Json<PreferenceView>, Problem> {
    for desk in doors.desks.iter() {
        let said = desk.preference(&id).await;
        if let Some(said) = said.map_err(|e| problems::failed(&e))? {
            return Ok(Json(said));
        }
    }
    Ok(Json(PreferenceView {
        customer: id,
        ..PreferenceView::default()
    }))
}
