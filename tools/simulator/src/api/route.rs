//! What a request is about.

use super::ApiRequest;
use serde::{Deserialize, Serialize};

/// A request's kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
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
    /// Whatever the stand-in does not have.
    Other,
}

/// What is asked for.
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
    pub(super) fn of(request: &ApiRequest) -> Self {
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

    pub(super) const fn kind(&self) -> Kind {
        match self {
            Self::Token => Kind::Token,
            Self::Conversations { .. } => Kind::Conversations,
            Self::Conversation { .. } => Kind::Conversation,
            Self::Query => Kind::Query,
            Self::Queues => Kind::Queues,
            Self::Members { .. } => Kind::Members,
            Self::Users => Kind::Users,
            Self::Other => Kind::Other,
        }
    }

    /// The conversations that are asked for.
    pub(super) fn ids(&self) -> &[String] {
        match self {
            Self::Conversations { ids } => ids,
            Self::Conversation { id } => std::slice::from_ref(id),
            _ => &[],
        }
    }
}

/// Separated by commas, each once.
fn ids(request: &ApiRequest) -> Vec<String> {
    let mut ids = Vec::new();
    for (_, list) in request.parameters().filter(|(name, _)| name == "id") {
        for id in list.split(',').map(str::trim).filter(|id| !id.is_empty()) {
            if !ids.iter().any(|it| it == id) {
                ids.push(id.to_owned());
            }
        }
    }
    ids
}
