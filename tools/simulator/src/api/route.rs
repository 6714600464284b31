//! The kinds of requests.

use super::message::ApiRequest;
use serde::{Deserialize, Serialize};

/// The kind of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RequestKind {
    /// `POST /oauth/token`.
    Token,
    /// `GET /api/v2/analytics/conversations/details?id=...`.
    Conversations,
    /// `GET /api/v2/analytics/conversations/{id}/details`.
    Conversation,
    /// `POST /api/v2/analytics/conversations/details/query`.
    Query,
    /// `GET /api/v2/routing/queues`.
    Queues,
    /// `GET /api/v2/routing/queues/{id}/members`.
    Members,
    /// `GET /api/v2/users`.
    Users,
    /// `POST /api/v2/analytics/routing/activity/query`.
    RoutingActivity,
    /// `POST /api/v2/analytics/users/details/query`.
    UserDetails,
    /// `GET /api/v2/users/presences/purecloud/bulk?id=...`.
    Presences,
    /// `GET /api/v2/presence/definitions`.
    PresenceDefinitions,
    /// A request that the stand-in does not support.
    Other,
}

/// The kind of a request, with the ids of its conversations or users, or of the queue whose members
/// it wants.
pub(super) struct Route {
    pub(super) kind: RequestKind,
    pub(super) ids: Vec<String>,
}

impl Route {
    pub(super) fn new(request: &ApiRequest) -> Self {
        let parts: Vec<_> = request.path().split('/').skip(1).collect();
        let (kind, ids) = match (request.method.as_str(), parts.as_slice()) {
            ("POST", ["oauth", "token"]) => (RequestKind::Token, Vec::new()),
            ("GET", ["api", "v2", "analytics", "conversations", "details"]) => {
                (RequestKind::Conversations, ids(request))
            }
            ("GET", ["api", "v2", "analytics", "conversations", id, "details"]) => {
                (RequestKind::Conversation, vec![(*id).to_owned()])
            }
            ("POST", ["api", "v2", "analytics", "conversations", "details", "query"]) => {
                (RequestKind::Query, Vec::new())
            }
            ("GET", ["api", "v2", "routing", "queues"]) => (RequestKind::Queues, Vec::new()),
            ("GET", ["api", "v2", "routing", "queues", queue, "members"]) => {
                (RequestKind::Members, vec![(*queue).to_owned()])
            }
            ("GET", ["api", "v2", "users"]) => (RequestKind::Users, ids(request)),
            ("GET", ["api", "v2", "users", "presences", "purecloud", "bulk"]) => {
                (RequestKind::Presences, ids(request))
            }
            ("GET", ["api", "v2", "presence", "definitions"]) => {
                (RequestKind::PresenceDefinitions, Vec::new())
            }
            ("POST", ["api", "v2", "analytics", "routing", "activity", "query"]) => {
                (RequestKind::RoutingActivity, Vec::new())
            }
            ("POST", ["api", "v2", "analytics", "users", "details", "query"]) => {
                (RequestKind::UserDetails, Vec::new())
            }
            _ => (RequestKind::Other, Vec::new()),
        };
        Self { kind, ids }
    }

    /// The ids of the requested conversations.
    pub(super) fn conversations(&self) -> &[String] {
        match self.kind {
            RequestKind::Members | RequestKind::Users | RequestKind::Presences => &[],
            _ => &self.ids,
        }
    }
}

/// The ids in the parameters `id`, separated by commas; each once.
fn ids(request: &ApiRequest) -> Vec<String> {
    let mut ids = Vec::new();
    for (_, list) in request.parameters().filter(|(name, _)| name == "id") {
        for id in list.split(',').map(str::trim).filter(|id| !id.is_empty()) {
            if !ids.iter().any(|other| other == id) {
                ids.push(id.to_owned());
            }
        }
    }
    ids
}
