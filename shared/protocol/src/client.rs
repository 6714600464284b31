//! Messages from viewers.

use crate::server::ErrorCode;
use crate::{FRAME_BYTES_MAX, SUBJECTS_PER_REQUEST_MAX};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Display;

/// A request of a viewer. The viewer chooses `id`; the answer repeats it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "lowercase", deny_unknown_fields)]
pub enum ClientMessage {
    /// Subscribes to subjects. Answered by `subscribed`, then by a snapshot.
    Subscribe {
        /// The viewer's number for this request.
        id: u64,
        /// Subjects, with wildcards; see [`Pattern`](crate::Pattern).
        subjects: Vec<String>,
        /// Rows that the viewer has already: the snapshot leaves out those that are current.
        #[serde(rename = "have", default, skip_serializing_if = "BTreeMap::is_empty")]
        known_versions: KnownVersions,
    },
    /// Ends subscriptions. Not answered.
    Unsubscribe {
        /// The viewer's number for this request.
        id: u64,
        /// Subjects, spelled as in `subscribe`.
        subjects: Vec<String>,
    },
    /// Keeps the connection open. Answered by `pong`.
    Ping {
        /// The viewer's number for this request.
        id: u64,
    },
    /// Asks which rows are out of date. Answered by a snapshot of the rows that differ from
    /// `known_versions` or are not in it.
    Verify {
        /// The viewer's number for this request.
        id: u64,
        /// The viewer's rows: all of them, or all whose subjects lie in the range `from..to`.
        #[serde(rename = "have")]
        known_versions: KnownVersions,
        /// First subject of the range, in byte order; without it the range has no beginning.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<String>,
        /// First subject after the range; without it the range has no end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<String>,
    },
}

/// The versions of a viewer's rows, by [`row_name`].
pub type KnownVersions = BTreeMap<String, KnownVersion>;

/// The version of a row that a viewer has. The default matches no row, so that the server sends the
/// whole row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownVersion {
    /// Identifies the row's history; see [`RowState::epoch`](crate::RowState::epoch).
    pub epoch: String,
    /// Counts the row's changes.
    pub version: u64,
}

/// The name of a row in [`KnownVersions`]: `<subject>|<bucket>`.
pub fn row_name(subject: impl Display, bucket: impl Display) -> String {
    format!("{subject}|{bucket}")
}

/// The subject and the bucket of a [`row_name`].
pub(crate) fn split_row_name(name: &str) -> Option<(&str, &str)> {
    name.rsplit_once('|')
}

/// Why a request was not carried out. The connection stays open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RequestError {
    /// The request's `id`, if it could be read.
    pub id: Option<u64>,
    /// The kind of error, for programs.
    pub code: ErrorCode,
    /// What is wrong and what to do, for people.
    pub message: String,
}

impl ClientMessage {
    /// Parses a text frame and checks its limits.
    pub fn parse(frame: &str) -> Result<Self, RequestError> {
        if frame.len() > FRAME_BYTES_MAX {
            let message = format!("{} bytes; send {FRAME_BYTES_MAX} or fewer", frame.len());
            return Err(RequestError { id: None, code: ErrorCode::TooLarge, message });
        }
        let message: Self = serde_json::from_str(frame).map_err(|error| RequestError {
            id: request_id(frame),
            code: ErrorCode::BadRequest,
            message: error.to_string(),
        })?;
        match message.subjects().len() {
            0..=SUBJECTS_PER_REQUEST_MAX => Ok(message),
            count => Err(RequestError {
                id: Some(message.id()),
                code: ErrorCode::TooMany,
                message: format!(
                    "{count} subjects; send {SUBJECTS_PER_REQUEST_MAX} or fewer at once"
                ),
            }),
        }
    }

    /// The viewer's number for this request.
    pub fn id(&self) -> u64 {
        match self {
            Self::Subscribe { id, .. }
            | Self::Unsubscribe { id, .. }
            | Self::Ping { id }
            | Self::Verify { id, .. } => *id,
        }
    }

    fn subjects(&self) -> &[String] {
        match self {
            Self::Subscribe { subjects, .. } | Self::Unsubscribe { subjects, .. } => subjects,
            Self::Ping { .. } | Self::Verify { .. } => &[],
        }
    }

    /// The names of the rows that the request lists.
    pub(crate) fn row_names(&self) -> impl Iterator<Item = &String> {
        let known_versions = match self {
            Self::Subscribe { known_versions, .. } | Self::Verify { known_versions, .. } => {
                Some(known_versions)
            }
            Self::Ping { .. } | Self::Unsubscribe { .. } => None,
        };
        known_versions.into_iter().flat_map(KnownVersions::keys)
    }
}

/// The `id` of a request that is invalid otherwise, so that the error can name it.
fn request_id(frame: &str) -> Option<u64> {
    serde_json::from_str::<serde_json::Value>(frame).ok()?.get("id")?.as_u64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_messages_of_the_protocol_are_parsed() {
        let parse = |frame| ClientMessage::parse(frame).unwrap();
        let subscribe = parse(
            r#"{"action":"subscribe","id":1,"subjects":["queue#*"],
                "have":{"queue#q#voice|now":{"epoch":"e","version":12}}}"#,
        );
        let ClientMessage::Subscribe { id: 1, subjects, known_versions } = subscribe else {
            unreachable!()
        };
        assert_eq!(subjects, ["queue#*"]);
        let version = KnownVersion { epoch: "e".into(), version: 12 };
        assert_eq!(known_versions["queue#q#voice|now"], version);
        assert_eq!(parse(r#"{"action":"ping","id":3}"#), ClientMessage::Ping { id: 3 });
        assert_eq!(parse(r#"{"action":"verify","id":4,"have":{}}"#).id(), 4);
        assert_eq!(parse(r#"{"action":"unsubscribe","id":2,"subjects":[]}"#).id(), 2);
    }

    #[test]
    fn an_invalid_request_is_named_with_the_reason() {
        let error = |frame: &str| ClientMessage::parse(frame).unwrap_err();
        assert_eq!(error("{").id, None);
        let unknown = error(r#"{"action":"fly","id":7}"#);
        assert_eq!((unknown.id, unknown.code), (Some(7), ErrorCode::BadRequest));
        assert!(unknown.message.contains("subscribe"), "{unknown}");
        let subjects = vec!["queue#*"; SUBJECTS_PER_REQUEST_MAX + 1];
        let many = serde_json::json!({"action": "subscribe", "id": 8, "subjects": subjects});
        assert_eq!(error(&many.to_string()).code, ErrorCode::TooMany);
        let large =
            format!("{:>width$}", r#"{"action":"ping","id":1}"#, width = FRAME_BYTES_MAX + 1);
        assert_eq!(error(&large).code, ErrorCode::TooLarge);
    }
}
