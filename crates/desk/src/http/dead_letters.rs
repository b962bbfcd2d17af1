//! Dead letters.

use axum::extract::State;
use posthouse_runtime::problem::{Json, Path, Problem, Query};

use super::{Doors, Parameters, pairs, problems};
use crate::dead_letters::{DeadLetterListing, DeadLetterPage, DeadLetterView};

/// Lists dead letters, the newest first, region by region.
#[utoipa::path(
    get,
    path = "/v1/dead-letters",
    tag = "dead letters",
    params(
        ("role" = Option<String>, Query, description = "The role that could not handle them"),
        ("code" = Option<String>, Query, description = "Their code"),
        ("status" = Option<String>, Query, description = "`open`, `redriven` or `dropped`"),
        ("limit" = Option<u16>, Query, description = "Most on the page, 1 to 500. Default 50"),
        ("offset" = Option<u64>, Query, description = "How many to pass over"),
    ),
    responses(
        (status = 200, description = "A page of dead letters", body = DeadLetterPage),
        (status = 400, description = "A parameter is not understood: a problem that names it", content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(doors): State<Doors>,
    Query(parameters): Query<Parameters>,
) -> Result<Json<DeadLetterPage>, Problem> {
    let mut listing = DeadLetterListing::from_parameters(pairs(&parameters))
        .map_err(|e| problems::question(&e))?;
    let mut page = DeadLetterPage::default();
    let limit = listing.limit;
    for desk in doors.desks.iter() {
        let of_region = desk
            .dead_letters(&listing)
            .await
            .map_err(|e| problems::failed(&e))?;
        let passed_over = usize::try_from(of_region.total).unwrap_or(usize::MAX);
        listing.offset = listing.offset.saturating_sub(passed_over);
        page.total += of_region.total;
        let room = limit - page.dead_letters.len();
        page.dead_letters
            .extend(of_region.dead_letters.into_iter().take(room));
    }
    Ok(Json(page))
}

/// Shows a dead letter with the message that it holds.
#[utoipa::path(
    get,
    path = "/v1/dead-letters/{stream}/{sequence}",
    tag = "dead letters",
    params(
        ("stream" = String, Path, description = "The stream it stands in"),
        ("sequence" = u64, Path, description = "Its sequence there"),
    ),
    responses(
        (status = 200, description = "The dead letter", body = DeadLetterView),
        (status = 404, description = "There is no such dead letter: a problem", content_type = "application/problem+json"),
    )
)]
pub(super) async fn show(
    State(doors): State<Doors>,
    Path((stream, sequence)): Path<(String, String)>,
) -> Result<Json<DeadLetterView>, Problem> {
    let unknown = || problems::no_letter(&stream, &sequence);
    let place: u64 = sequence.parse().map_err(|_| unknown())?;
    for desk in doors.desks.iter() {
        let found = desk
            .dead_letter(&stream, place)
            .await
            .map_err(|e| problems::failed(&e))?;
        if let Some(letter) = found {
            return Ok(Json(letter));
        }
    }
    Err(unknown())
}
