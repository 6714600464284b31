//! What viewers get.

use headroom_kpi::Computed;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A message to a viewer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum ServerMessage {
    /// Answers `subscribe`.
    Subscribed {
        /// The request's number.
        id: u64,
        /// What is subscribed to now.
        subjects: Vec<String>,
        /// What is not, and why.
        refused: Vec<Refused>,
        /// After how many seconds without a delta a row is verified, if not 60.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        verify_seconds: Option<u32>,
    },
    /// Whole rows.
    Snapshot {
        /// The rows, except those that the viewer has shown to be current.
        rows: Vec<RowState>,
        /// Whether this is the last frame of the answer.
        last: bool,
    },
    /// Changed values.
    Deltas {
        /// One for each changed row.
        rows: Vec<Delta>,
    },
    /// Answers `ping`.
    Pong {
        /// The request's number.
        id: u64,
    },
    /// A request was not carried out; the connection stays open.
    Error {
        /// The request's number, if it could be read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<u64>,
        /// For programs.
        code: ErrorCode,
        /// For people.
        message: String,
    },
    /// The token's time is over; the server closes.
    Expired,
}

/// A subject that is not subscribed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// As it was asked for.
    pub subject: String,
    /// Why not.
    pub code: ErrorCode,
}

/// The kinds of error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// Not a request of the protocol.
    BadRequest,
    /// A frame above the limit.
    TooLarge,
    /// More subjects or connections than the limit.
    TooMany,
    /// The token does not allow it.
    Forbidden,
    /// A fault of the server.
    Internal,
}

/// A whole row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RowState {
    /// `queue#<queueId>#<media>`, ...
    pub subject: String,
    /// `now`, `PT30M#...` or `P1D#...`.
    pub bucket: String,
    /// The row's history: another one after a restore or rebuild.
    pub epoch: String,
    /// Grows by one with every change.
    pub version: u64,
    /// The newest event time in the last change, ISO-8601.
    pub at: String,
    /// Sums that are not zero.
    pub metrics: BTreeMap<String, i64>,
    /// Rates, averages, percentiles.
    pub computed: Computed,
}

/// What changed in a row, between two versions of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Delta {
    /// `queue#<queueId>#<media>`, ...
    pub subject: String,
    /// `now`, `PT30M#...` or `P1D#...`.
    pub bucket: String,
    /// The row's history.
    pub epoch: String,
    /// The version that it changes. It changes any later one as well, up to its own.
    pub base: u64,
    /// The version that it gives.
    pub version: u64,
    /// The newest event time in the change, ISO-8601.
    pub at: String,
    /// Absolute values of the sums that changed since `base`, even if they changed back.
    pub set: BTreeMap<String, i64>,
    /// Sums that are zero now.
    pub unset: Vec<String>,
    /// All of what is computed, as it is now.
    pub computed: Computed,
}

impl Delta {
    /// What takes a viewer from one state of a row to another.
    pub fn between(before: Option<&RowState>, after: &RowState) -> Self {
        let base = before.map_or(0, |row| row.version);
        Self::of(base, after, &RowState::changed(before, after))
    }

    /// What takes a viewer to a state, from `base` or any state since: `touched` names every sum
    /// that changed in between, whether or not it is another one now.
    pub fn of(base: u64, after: &RowState, touched: &BTreeSet<String>) -> Self {
        let set = touched.iter().filter_map(|name| Some((name.clone(), *after.metrics.get(name)?)));
        let gone = touched.iter().filter(|name| !after.metrics.contains_key(*name));
        Self {
            subject: after.subject.clone(),
            bucket: after.bucket.clone(),
            epoch: after.epoch.clone(),
            base,
            version: after.version,
            at: after.at.clone(),
            set: set.collect(),
            unset: gone.cloned().collect(),
            computed: after.computed.clone(),
        }
    }
}

impl RowState {
    /// The names of the sums that are others in one state than in another.
    pub fn changed(before: Option<&Self>, after: &Self) -> BTreeSet<String> {
        let none = BTreeMap::new();
        let old = before.map_or(&none, |row| &row.metrics);
        let names = old.keys().chain(after.metrics.keys());
        names.filter(|name| old.get(*name) != after.metrics.get(*name)).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_written_as_the_protocol_says() {
        let written = |message: &ServerMessage| serde_json::to_string(message).unwrap();
        assert_eq!(written(&ServerMessage::Pong { id: 3 }), r#"{"type":"pong","id":3}"#);
        assert_eq!(written(&ServerMessage::Expired), r#"{"type":"expired"}"#);
        let error =
            ServerMessage::Error { id: Some(1), code: ErrorCode::BadRequest, message: "no".into() };
        assert_eq!(
            written(&error),
            r#"{"type":"error","id":1,"code":"bad_request","message":"no"}"#
        );
        let subscribed = ServerMessage::Subscribed {
            id: 1,
            subjects: vec!["queue#*".into()],
            refused: vec![Refused { subject: "agent#u".into(), code: ErrorCode::Forbidden }],
            verify_seconds: Some(30),
        };
        let expected = r#"{"type":"subscribed","id":1,"subjects":["queue#*"],"refused":[{"subject":"agent#u","code":"forbidden"}],"verifySeconds":30}"#;
        assert_eq!(written(&subscribed), expected);
    }
}
