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
    /// A request that the stand-in does not support.
    Other,
}

/// The kind of a request with its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    Token,
    Conversations { ids: Vec<String> },
    Conversation { id: String },
    Query,
    Queues,
    Members { queue: String },
    Users,
    Other,
}

impl Route {
    pub(super) fn new(request: &ApiRequest) -> Self {
        let parts: Vec<_> = request.path().split('/').skip(1).collect();
        match (request.method.as_str(), parts.as_slice()) {
            ("POST", ["oauth", "token"]) => Self::Token,
            ("GET", ["api", "v2", "analytics", "conversations", "details"]) => {
                Self::Conversations { ids: ids(request) }
            }
            ("GET", ["api", "v2", "analytics", "conversations", id, "details"]) => {
                Self::Conversation { id: (*id).to_owned() }
            }
            ("POST", ["api", "v2", "analytics", "conversations", "details", "query"]) => {
                Self::Query
            }
            ("GET", ["api", "v2", "routing", "queues"]) => Self::Queues,
            ("GET", ["api", "v2", "routing", "queues", queue, "members"]) => {
                Self::Members { queue: (*queue).to_owned() }
            }
            ("GET", ["api", "v2", "users"]) => Self::Users,
            _ => Self::Other,
        }
    }

    pub(super) const fn kind(&self) -> RequestKind {
        match self {
            Self::Token => RequestKind::Token,
            Self::Conversations { .. } => RequestKind::Conversations,
            Self::Conversation { .. } => RequestKind::Conversation,
            Self::Query => RequestKind::Query,
            Self::Queues => RequestKind::Queues,
            Self::Members { .. } => RequestKind::Members,
            Self::Users => RequestKind::Users,
            Self::Other => RequestKind::Other,
        }
    }

    /// The ids of the requested conversations.
    pub(super) fn ids(&self) -> &[String] {
        match self {
            Self::Conversations { ids } => ids,
            Self::Conversation { id } => std::slice::from_ref(id),
            _ => &[],
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
