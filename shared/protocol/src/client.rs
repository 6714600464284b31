//! What viewers send.

use crate::server::ErrorCode;
use crate::{FRAME_BYTES_MAX, SUBJECTS_EACH_MAX};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A viewer's request. `id` is the viewer's own, and comes back with the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "lowercase", deny_unknown_fields)]
pub enum ClientMessage {
    /// From now on.
    Subscribe {
        /// The viewer's number for this request.
        id: u64,
        /// Subjects, with wildcards; see [`Pattern`](crate::Pattern).
        subjects: Vec<String>,
        /// What the viewer holds already.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        have: Have,
    },
    /// No more.
    Unsubscribe {
        /// The viewer's number for this request.
        id: u64,
        /// Subjects as they were subscribed to.
        subjects: Vec<String>,
    },
    /// Keeps the connection open.
    Ping {
        /// The viewer's number for this request.
        id: u64,
    },
    /// Is this still it?
    Verify {
        /// The viewer's number for this request.
        id: u64,
        /// What the viewer holds: all of it, or of the subjects from `from` to before `to`. What is
        /// subscribed to there and not named is new to it.
        have: Have,
        /// Where the subjects begin of which `have` is all, in the order of their texts.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<String>,
        /// Before which subject they end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<String>,
    },
}

/// Rows that a viewer holds: `<subject>|<bucket>` -> what it holds of each.
pub type Have = BTreeMap<String, Held>;

/// The state of a row that a viewer holds. The default is no state of any row: it asks for it
/// whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// The row's history.
    pub epoch: String,
    /// The row's version.
    pub version: u64,
}

/// A request that is not carried out; the connection stays open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RequestError {
    /// The request's own number, if it could be read.
    pub id: Option<u64>,
    /// What kind of error.
    pub code: ErrorCode,
    /// What is wrong, and what to do.
    pub message: String,
}

impl ClientMessage {
    /// Reads a frame, within limits.
    pub fn read(frame: &str) -> Result<Self, RequestError> {
        if frame.len() > FRAME_BYTES_MAX {
            let message = format!("{} bytes; send {FRAME_BYTES_MAX} or fewer", frame.len());
            return Err(RequestError { id: None, code: ErrorCode::TooLarge, message });
        }
        let message: Self = serde_json::from_str(frame).map_err(|error| RequestError {
            id: id_of(frame),
            code: ErrorCode::BadRequest,
            message: error.to_string(),
        })?;
        match message.subjects().len() {
            0..=SUBJECTS_EACH_MAX => Ok(message),
            count => Err(RequestError {
                id: Some(message.id()),
                code: ErrorCode::TooMany,
                message: format!("{count} subjects; send {SUBJECTS_EACH_MAX} or fewer at once"),
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
}

/// The number of a request that cannot be read otherwise, so that its sender can tell which.
fn id_of(frame: &str) -> Option<u64> {
    serde_json::from_str::<serde_json::Value>(frame).ok()?.get("id")?.as_u64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_messages_of_the_protocol_are_read() {
        let read = |frame| ClientMessage::read(frame).unwrap();
        let subscribe = read(
            r#"{"action":"subscribe","id":1,"subjects":["queue#*"],
                "have":{"queue#q#voice|now":{"epoch":"e","version":12}}}"#,
        );
        let ClientMessage::Subscribe { id: 1, subjects, have } = subscribe else { unreachable!() };
        assert_eq!(subjects, ["queue#*"]);
        assert_eq!(have["queue#q#voice|now"], Held { epoch: "e".into(), version: 12 });
        assert_eq!(read(r#"{"action":"ping","id":3}"#), ClientMessage::Ping { id: 3 });
        assert_eq!(read(r#"{"action":"verify","id":4,"have":{}}"#).id(), 4);
        assert_eq!(read(r#"{"action":"unsubscribe","id":2,"subjects":[]}"#).id(), 2);
    }

    #[test]
    fn a_bad_request_says_which_and_why() {
        let error = |frame: &str| ClientMessage::read(frame).unwrap_err();
        assert_eq!(error("{").id, None);
        let unknown = error(r#"{"action":"fly","id":7}"#);
        assert_eq!((unknown.id, unknown.code), (Some(7), ErrorCode::BadRequest));
        assert!(unknown.message.contains("subscribe"), "{unknown}");
        let subjects = vec!["queue#*"; SUBJECTS_EACH_MAX + 1];
        let many = serde_json::json!({"action": "subscribe", "id": 8, "subjects": subjects});
        assert_eq!(error(&many.to_string()).code, ErrorCode::TooMany);
        let large =
            format!("{:>width$}", r#"{"action":"ping","id":1}"#, width = FRAME_BYTES_MAX + 1);
        assert_eq!(error(&large).code, ErrorCode::TooLarge);
    }
}
