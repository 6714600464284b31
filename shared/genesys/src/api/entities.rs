//! Responses of the Platform API, with the fields that are needed. All others are skipped while a
//! response is read: addresses, numbers and pictures get no further.

use crate::details::ConversationDetails;
use headroom_kpi::Millis;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A page of conversations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conversations {
    /// Those of the page.
    pub conversations: Vec<ConversationDetails>,
    /// The number of conversations on all pages.
    pub total_hits: u64,
}

/// A page of conversations in the form of the API.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConversationsBody {
    conversations: Option<Vec<ConversationDetails>>,
    total_hits: Option<u64>,
}

impl ConversationsBody {
    /// The page, with the time at which it was requested.
    pub(super) fn read_at(self, requested_at: Millis) -> Conversations {
        let read_at = requested_at.0;
        let resolve = |details| ConversationDetails { read_at, ..details }.resolve();
        let conversations = self.conversations.into_iter().flatten().map(resolve).collect();
        Conversations { conversations, total_hits: self.total_hits.unwrap_or_default() }
    }
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// Those of the page.
    pub entities: Vec<T>,
    /// How many pages there are, if Genesys says so.
    pub page_count: Option<u32>,
}

/// A queue.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Queue {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// The division that it belongs to.
    pub division: Option<Division>,
    /// Settings by media: `call`, `callback`, `chat`, `email`, `message`, and any later ones.
    pub media_settings: Option<BTreeMap<String, Option<MediaSettings>>>,
}

/// A division: what permissions are given for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Division {
    /// Its id.
    pub id: Option<String>,
}

/// A queue's settings for one media type.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MediaSettings {
    /// The service level that the queue is to have.
    pub service_level: Option<ServiceLevel>,
}

/// A service level: a share of the contacts is to be answered within a time.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceLevel {
    /// The share, 0 to 1.
    pub percentage: Option<f64>,
    /// The time, in milliseconds.
    pub duration_ms: Option<i64>,
}
