//! Agents: what they say of themselves, and what they have.

use axum::extract::State;
use posthouse_runtime::problem::{Json, Path, Problem, Query};

use super::{Doors, Parameters, pairs, problems};
use crate::agents::{AgentListing, AgentPage, AgentView};

/// Lists the agents who said something of themselves, in all regions of this process together.
#[utoipa::path(
    get,
    path = "/v1/agents",
    tag = "agents",
    params(
        ("presence" = Option<String>, Query, description = "Only those who last said this of themselves: `signed_in`, `ready`, `busy`, `on_break`, `signed_out`"),
    ),
    responses(
        (status = 200, description = "Agents, in the order of their keys", body = AgentPage),
        (status = 400, description = "A parameter is not understood: a problem that names it", content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(doors): State<Doors>,
    Query(parameters): Query<Parameters>,
) -> Result<Json<AgentPage>, Problem> {
    let mut listing = AgentListing::default();
    for (name, value) in pairs(&parameters) {
        listing = match name {
            "presence" => value
                .parse()
                .map_err(|why: String| problems::parameter(name, why))?,
            _ => {
                let why = format!("there is no parameter `{name}`; want presence");
                return Err(problems::parameter(name, why));
            }
        };
    }
    let mut page = AgentPage::default();
    for desk in doors.desks.iter() {
        let agents = desk.agents(listing).await;
        page.agents
            .extend(agents.map_err(|e| problems::failed(&e))?);
    }
    Ok(Json(page))
}

/// Shows an agent with the tickets they have and those offered to them.
#[utoipa::path(
    get,
    path = "/v1/agents/{key}",
    tag = "agents",
    params(("key" = String, Path, description = "The agent's key")),
    responses(
        (status = 200, description = "The agent", body = AgentView),
        (status = 404, description = "No agent of this key said anything or has a ticket: a problem", content_type = "application/problem+json"),
    )
)]
pub(super) async fn show(
    State(doors): State<Doors>,
    Path(key): Path<String>,
) -> Result<Json<AgentView>, Problem> {
    for desk in doors.desks.iter() {
        if let Some(agent) = desk.agent(&key).await.map_err(|e| problems::failed(&e))? {
            return Ok(Json(agent));
        }
    }
    Err(problems::no_agent(&key))
}
