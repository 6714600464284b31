//! Messages from viewers.

use crate::digest::SubjectDigests;
use crate::server::ErrorCode;
use crate::versions::{KnownVersions, split_row_name};
use crate::{BUCKETS_MAX, FRAME_BYTES_MAX, SUBJECTS_PER_REQUEST_MAX};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A request of a viewer. The viewer chooses `id`; the answer repeats it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "action", rename_all = "lowercase", deny_unknown_fields)]
pub enum ClientMessage {
    /// Subscribes to subjects. Answered by `subscribed`, then by a snapshot.
    Subscribe {
        /// The viewer's number for this request.
        id: u64,
        /// Subjects, with wildcards; see `Pattern`.
        subjects: Vec<String>,
        /// Rows that the viewer has already: the snapshot leaves out those that are current.
        #[serde(rename = "have", default, skip_serializing_if = "BTreeMap::is_empty")]
        known_versions: KnownVersions,
        /// Whether rows have their wait histograms. Counts in the first `subscribe` of a connection,
        /// and holds for the connection.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        waits: bool,
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
    /// Asks which rows are out of date, by either `have` or `digests`. Answered by a snapshot: of
    /// the rows that differ from `have` or are not in it, or of those of subjects that differ.
    Verify {
        /// The viewer's number for this request.
        id: u64,
        /// The viewer's rows: all of them, or all whose subjects lie in the range `from..to`.
        #[serde(rename = "have", default, skip_serializing_if = "Option::is_none")]
        known_versions: Option<KnownVersions>,
        /// The digests of the viewer's rows in `buckets`, by subject: see
        /// `subject_digest`. Of all its subjects, or of all in the range.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        digests: Option<SubjectDigests>,
        /// The buckets that the digests are about.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        buckets: Vec<String>,
        /// First subject of the range, in byte order; without it the range has no beginning.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<String>,
        /// First subject after the range; without it the range has no end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<String>,
        /// The version of the viewer's catalog: if it has changed, the catalog comes first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        catalog: Option<String>,
    },
    /// Reads rows of the past, by either a span or `buckets`. Answered by a snapshot.
    Read {
        /// The viewer's number for this request.
        id: u64,
        /// Subjects without wildcards, whether subscribed to or not.
        subjects: Vec<String>,
        /// The span: intervals that begin at this time, ISO-8601, or later.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<String>,
        /// The span's end: intervals that begin before this time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<String>,
        /// The names of buckets.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        buckets: Vec<String>,
    },
    /// Asks for the names and service levels of the queues that the token allows. Answered by
    /// `catalog`.
    Catalog {
        /// The viewer's number for this request.
        id: u64,
        /// The version of the catalog that the viewer has.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<String>,
    },
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
        message.check_counts()?;
        message.check_alternatives()?;
        Ok(message)
    }

    fn check_counts(&self) -> Result<(), RequestError> {
        let (subjects, buckets) = (self.subjects().len(), self.buckets().len());
        let message = if subjects > SUBJECTS_PER_REQUEST_MAX {
            format!("{subjects} subjects; send {SUBJECTS_PER_REQUEST_MAX} or fewer at once")
        } else if buckets > BUCKETS_MAX {
            format!("{buckets} buckets; send {BUCKETS_MAX} or fewer at once")
        } else {
            return Ok(());
        };
        Err(RequestError { id: Some(self.id()), code: ErrorCode::TooMany, message })
    }

    /// Checks that a request says one of two things, and not both or neither.
    fn check_alternatives(&self) -> Result<(), RequestError> {
        let message = match self {
            Self::Verify { known_versions, digests, .. }
                if known_versions.is_some() == digests.is_some() =>
            {
                "verify takes either `have` or `digests`"
            }
            Self::Read { since, until, buckets, .. }
                if since.is_some() != until.is_some() || since.is_some() != buckets.is_empty() =>
            {
                "read takes either `since` and `until`, or `buckets`"
            }
            _ => return Ok(()),
        };
        let code = ErrorCode::BadRequest;
        Err(RequestError { id: Some(self.id()), code, message: message.to_owned() })
    }

    /// The viewer's number for this request.
    pub fn id(&self) -> u64 {
        match self {
            Self::Subscribe { id, .. }
            | Self::Unsubscribe { id, .. }
            | Self::Ping { id }
            | Self::Verify { id, .. }
            | Self::Read { id, .. }
            | Self::Catalog { id, .. } => *id,
        }
    }

    fn subjects(&self) -> &[String] {
        match self {
            Self::Subscribe { subjects, .. }
            | Self::Unsubscribe { subjects, .. }
            | Self::Read { subjects, .. } => subjects,
            Self::Ping { .. } | Self::Verify { .. } | Self::Catalog { .. } => &[],
        }
    }

    fn buckets(&self) -> &[String] {
        match self {
            Self::Verify { buckets, .. } | Self::Read { buckets, .. } => buckets,
            _ => &[],
        }
    }

    /// Whether the last frame of the response tells that a row is current, if no frame had it.
    pub(crate) fn confirms(&self, name: &str) -> bool {
        match self {
            Self::Subscribe { known_versions, .. }
            | Self::Verify { known_versions: Some(known_versions), .. } => {
                known_versions.contains_key(name)
            }
            Self::Verify { digests: Some(digests), buckets, .. } => split_row_name(name)
                .is_some_and(|(subject, bucket)| {
                    digests.contains_key(subject) && buckets.iter().any(|name| name == bucket)
                }),
            _ => false,
        }
    }
}

/// The `id` of a request that is invalid otherwise, so that the error can name it.
fn request_id(frame: &str) -> Option<u64> {
    serde_json::from_str::<serde_json::Value>(frame).ok()?.get("id")?.as_u64()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::KnownVersion;

    #[test]
    fn the_messages_of_the_protocol_are_parsed() {
        let parse = |frame| ClientMessage::parse(frame).unwrap();
        let subscribe = parse(
            r#"{"action":"subscribe","id":1,"subjects":["queue#*"],
                "have":{"queue#q#voice|now":{"epoch":"e","version":12}}}"#,
        );
        let ClientMessage::Subscribe { id: 1, subjects, known_versions, .. } = subscribe else {
            unreachable!()
        };
        assert_eq!(subjects, ["queue#*"]);
        let version = KnownVersion { epoch: "e".into(), version: 12 };
        assert_eq!(known_versions["queue#q#voice|now"], version);
        assert_eq!(parse(r#"{"action":"ping","id":3}"#), ClientMessage::Ping { id: 3 });
        assert_eq!(parse(r#"{"action":"verify","id":4,"have":{}}"#).id(), 4);
        assert_eq!(parse(r#"{"action":"unsubscribe","id":2,"subjects":[]}"#).id(), 2);
        let digests = r#"{"action":"verify","id":5,"digests":{"queue#q#voice":"0"},"buckets":["now"],"catalog":"c"}"#;
        assert!(parse(digests).confirms("queue#q#voice|now"));
        assert!(!parse(digests).confirms("queue#q#voice|P1D#2026-05-12"));
        for read in [
            r#"{"action":"read","id":6,"subjects":["queue#q#voice"],"since":"s","until":"u"}"#,
            r#"{"action":"read","id":6,"subjects":["queue#q#voice"],"buckets":["now"]}"#,
            r#"{"action":"catalog","id":6}"#,
        ] {
            assert_eq!(serde_json::to_string(&parse(read)).unwrap(), read);
        }
    }

    #[test]
    fn a_request_says_one_of_two_things() {
        for fields in [
            r#""action":"verify""#,
            r#""action":"verify","have":{},"digests":{}"#,
            r#""action":"read","subjects":[]"#,
            r#""action":"read","subjects":[],"since":"s""#,
            r#""action":"read","subjects":[],"since":"s","until":"u","buckets":["now"]"#,
        ] {
            let error = ClientMessage::parse(&format!(r#"{{"id":1,{fields}}}"#)).unwrap_err();
            assert_eq!((error.id, error.code), (Some(1), ErrorCode::BadRequest), "{fields}");
            assert!(error.message.contains("either"), "{error}");
        }
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
        let buckets = vec!["now"; BUCKETS_MAX + 1];
        let many =
            serde_json::json!({"action": "verify", "id": 8, "digests": {}, "buckets": buckets});
        assert_eq!(error(&many.to_string()).code, ErrorCode::TooMany);
        let large =
            format!("{:>width$}", r#"{"action":"ping","id":1}"#, width = FRAME_BYTES_MAX + 1);
        assert_eq!(error(&large).code, ErrorCode::TooLarge);
    }
}
