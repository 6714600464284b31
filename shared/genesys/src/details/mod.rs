//! A conversation in the form of the Platform API, with the fields that the rules need.
//!
//! The names are the API's own. All other fields are dropped while a response is read: caller
//! numbers, addresses, subjects and attributes get no further. The same form is the body of a
//! `headroom.conversation.details` event, by which the gap reader publishes what it read.
//!
//! ```
//! use headroom_genesys::details::ConversationDetails;
//!
//! let response = r#"{"conversationId":"c1","conversationStart":"2026-05-12T14:02:10.000Z",
//!     "participants":[{"purpose":"acd","sessions":[{"sessionId":"s1","mediaType":"voice",
//!     "ani":"tel:+13175550123","metrics":[{"name":"nOffered","value":1,
//!     "emitDate":"2026-05-12T14:02:42.015Z"}]}]}]}"#;
//! let mut details: ConversationDetails = serde_json::from_str(response)?;
//! details.read_at = 1_778_594_605_000;
//! let details = details.resolve();
//! assert!(!serde_json::to_string(&details)?.contains("317555"));
//! assert_eq!(details.facts()?.facts.len(), 2);
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

mod answered;
mod facts;
mod session;
mod split;

pub use facts::ResponseFacts;

use crate::fields::lenient::{list, scalar};
use serde::{Deserialize, Serialize};

/// A conversation, as it was when it was read. A value of an unexpected kind (a number where a text
/// should be) becomes one that every check refuses, so that one such conversation does not spoil a
/// response with a hundred.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ConversationDetails {
    /// Its id.
    #[serde(deserialize_with = "scalar")]
    pub conversation_id: String,
    /// When it was requested, in milliseconds since 1970. The client sets it: the API has no such
    /// field.
    pub read_at: i64,
    /// When it began, ISO-8601.
    #[serde(deserialize_with = "scalar", skip_serializing_if = "Option::is_none")]
    pub conversation_start: Option<String>,
    /// When it ended, ISO-8601; none while it lasts.
    #[serde(deserialize_with = "scalar", skip_serializing_if = "Option::is_none")]
    pub conversation_end: Option<String>,
    /// Who takes part.
    #[serde(deserialize_with = "list")]
    pub participants: Vec<Participant>,
}

/// A participant of a conversation: a customer, a queue, an agent, ...
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Participant {
    /// `customer`, `external`, `acd`, `agent`, `user`, `ivr`, ...
    #[serde(deserialize_with = "scalar")]
    pub purpose: String,
    /// The user, of an agent or user.
    #[serde(deserialize_with = "scalar", skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// What the participant did.
    #[serde(deserialize_with = "list")]
    pub sessions: Vec<Session>,
}

/// A session of a participant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Session {
    /// Its id.
    #[serde(deserialize_with = "scalar")]
    pub session_id: String,
    /// `voice`, `chat`, ...
    #[serde(deserialize_with = "scalar")]
    pub media_type: String,
    /// `inbound` or `outbound`
    #[serde(deserialize_with = "scalar", skip_serializing_if = "Option::is_none")]
    pub direction: Option<String>,
    /// When a callback is due, ISO-8601. It may lie in the future.
    #[serde(deserialize_with = "scalar", skip_serializing_if = "Option::is_none")]
    pub callback_scheduled_time: Option<String>,
    /// The user who answered, on a session of a queue. The client sets it:
    /// [`ConversationDetails::resolve`].
    #[serde(deserialize_with = "scalar", skip_serializing_if = "Option::is_none")]
    pub answered_user_id: Option<String>,
    /// What happened, in order.
    #[serde(deserialize_with = "list")]
    pub segments: Vec<Segment>,
    /// What Genesys computed.
    #[serde(deserialize_with = "list")]
    pub metrics: Vec<SessionMetric>,
}

/// A segment of a session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Segment {
    /// `alert`, `interact`, `hold`, `contacting`, `dialing`, `wrapup`, ...
    #[serde(deserialize_with = "scalar")]
    pub segment_type: String,
    /// When it began, ISO-8601.
    #[serde(deserialize_with = "scalar")]
    pub segment_start: String,
    /// When it ended, ISO-8601; none while it lasts.
    #[serde(deserialize_with = "scalar", skip_serializing_if = "Option::is_none")]
    pub segment_end: Option<String>,
    /// The queue that brought the work.
    #[serde(deserialize_with = "scalar", skip_serializing_if = "Option::is_none")]
    pub queue_id: Option<String>,
    /// Why it ended: `transfer`, `consultTransfer`, `client`, ...
    #[serde(deserialize_with = "scalar", skip_serializing_if = "Option::is_none")]
    pub disconnect_type: Option<String>,
}

/// A metric of a session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SessionMetric {
    /// `nOffered`, `tAnswered`, ...
    #[serde(deserialize_with = "scalar")]
    pub name: String,
    /// Milliseconds of a timer, or a count.
    #[serde(deserialize_with = "scalar", skip_serializing_if = "Option::is_none")]
    pub value: Option<i64>,
    /// When it was emitted, ISO-8601.
    #[serde(deserialize_with = "scalar")]
    pub emit_date: String,
}
