//! Presences of agents, and their definitions.

use super::refusal::Refusal;
use super::statuses::Status;
use crate::agents::Presence;
use crate::json::{Object, list};

/// Ids in one request, as Genesys documents.
const IDS_MAX: usize = 50;

/// The presences of agents by their ids. Genesys answers with a list, and leaves out whom it does
/// not know.
pub(super) fn presences(ids: &[String], statuses: &[Status]) -> Result<Vec<u8>, Refusal> {
    if ids.is_empty() || ids.len() > IDS_MAX {
        return Err(Refusal::bad_request(format_args!("Give 1 to {IDS_MAX} user ids")));
    }
    let status = |id: &String| statuses.iter().find(|status| status.user.to_string() == *id);
    Ok(list(ids.iter().filter_map(status).map(Status::source_presence)))
}

pub(super) fn definitions() -> Object {
    Object::default()
        .with("total", Presence::list().len())
        .with_list("entities", Presence::list().map(definition))
        .with("selfUri", "/api/v2/presence/definitions")
}

fn definition(presence: Presence) -> Object {
    Object::default()
        .with("id", presence.id())
        .with("name", presence.name())
        .with("type", if presence == presence.system() { "System" } else { "User" })
        .with_object("languageLabels", Object::default().with("en_US", presence.name()))
        .with("systemPresence", presence.system().definition_text())
        .with("divisionId", "*")
        .with("deactivated", false)
        .with("selfUri", format!("/api/v2/presence/definitions/{}", presence.id()))
}
