//! What Genesys answers, as far as it is needed. What is not named is skipped: addresses, numbers
//! and pictures of users get no further than this.

use crate::api::details::ConversationDetails;
use headroom_kpi::Millis;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A page of conversations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conversations {
    /// Those of the page.
    pub conversations: Vec<ConversationDetails>,
    /// Of all pages together.
    pub total_hits: u64,
}

/// The same, as it comes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Found {
    #[serde(default)]
    conversations: Option<Vec<ConversationDetails>>,
    #[serde(default)]
    total_hits: Option<u64>,
}

impl Found {
    /// With the time at which Genesys was asked.
    pub(super) fn at(self, asked: Millis) -> Conversations {
        let read = |one| ConversationDetails { read_at: asked.0, ..one }.resolve();
        let conversations = self.conversations.unwrap_or_default().into_iter().map(read).collect();
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
    #[serde(default)]
    pub page_count: Option<u32>,
    /// Which page this is, the first being 1.
    #[serde(default)]
    pub page_number: Option<u32>,
    /// How many there are on all pages.
    #[serde(default)]
    pub total: Option<u64>,
}

/// A queue.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Queue {
    /// Its id.
    pub id: String,
    /// Its name.
    #[serde(default)]
    pub name: Option<String>,
    /// The division that it belongs to.
    #[serde(default)]
    pub division: Option<Division>,
    /// Settings by media: `call`, `callback`, `chat`, `email`, `message`, and what there may be
    /// one day.
    #[serde(default)]
    pub media_settings: Option<BTreeMap<String, Option<MediaSettings>>>,
}

/// A division, which permissions are given for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Division {
    /// Its id.
    #[serde(default)]
    pub id: Option<String>,
}

/// A queue's settings for one media type.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MediaSettings {
    /// The service level that the queue is to have.
    #[serde(default)]
    pub service_level: Option<ServiceLevel>,
}

/// A service level: a share of the contacts is to be answered within a time.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceLevel {
    /// The share, 0 to 1.
    #[serde(default)]
    pub percentage: Option<f64>,
    /// The time, in milliseconds.
    #[serde(default)]
    pub duration_ms: Option<i64>,
}

/// A member of a queue.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Member {
    /// The user's id.
    pub id: String,
    /// The user's name.
    #[serde(default)]
    pub name: Option<String>,
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct User {
    /// Its id.
    pub id: String,
    /// Its name.
    #[serde(default)]
    pub name: Option<String>,
    /// The division that it belongs to.
    #[serde(default)]
    pub division: Option<Division>,
}
