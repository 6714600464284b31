//! Messages to viewers.

use crate::catalog::{CatalogQueue, ServiceLevels};
use headroom_kpi::Computed;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A message to a viewer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum ServerMessage {
    /// Answers `subscribe`; the snapshot follows.
    Subscribed {
        /// The request's number.
        id: u64,
        /// The subjects that the viewer is now subscribed to.
        subjects: Vec<String>,
        /// The other subjects of the request, with the reason.
        refused: Vec<RefusedSubject>,
        /// A viewer verifies a row that had no delta for so many seconds; 60 if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        verify_seconds: Option<u32>,
        /// What the server can do besides `subscribe`, `verify` by `have`, and `ping`.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        features: Vec<Feature>,
    },
    /// Whole rows: answers `subscribe`, `verify` and `read`.
    Snapshot {
        /// The request's number.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<u64>,
        /// The rows, without those that the viewer's request shows to be current.
        rows: Vec<RowState>,
        /// Whether this is the last frame of the answer.
        last: bool,
    },
    /// Changes of rows.
    Deltas {
        /// One for each changed row.
        rows: Vec<Delta>,
    },
    /// Names and service levels: answers `catalog`, or says that they have changed.
    Catalog {
        /// The request's number.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<u64>,
        /// Changes when anything of the catalog does.
        version: String,
        /// Whether the viewer has this version: then nothing is sent of it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        unchanged: bool,
        /// By media type, of queues that have none of their own; `*` for the media types that are
        /// not listed.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        service_levels: ServiceLevels,
        /// In the order of their ids.
        queues: Vec<CatalogQueue>,
        /// Whether this is the last frame of the catalog.
        last: bool,
    },
    /// Answers `ping`.
    Pong {
        /// The request's number.
        id: u64,
    },
    /// A request was not carried out. The connection stays open.
    Error {
        /// The request's number, if it could be read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<u64>,
        /// The kind of error, for programs.
        code: ErrorCode,
        /// What is wrong and what to do, for people.
        message: String,
    },
    /// The token has expired; the server closes the connection.
    Expired,
}

/// What a server can do since version 1 was first published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Feature {
    /// The request `catalog`.
    Catalog,
    /// `verify` by `digests`.
    Digests,
    /// The request `read`.
    Read,
    /// `waits` of `subscribe`.
    Waits,
    /// One that is newer than this viewer.
    #[cfg_attr(feature = "schema", schemars(skip))]
    #[serde(other)]
    Other,
}

impl Feature {
    /// Those that this release knows.
    pub const ALL: [Self; 4] = [Self::Catalog, Self::Digests, Self::Read, Self::Waits];
}

/// A subject that a viewer was not subscribed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RefusedSubject {
    /// The subject, spelled as in the request.
    pub subject: String,
    /// `bad_request` if it is no subject, `forbidden` if the token does not allow it.
    pub code: ErrorCode,
}

/// The kinds of error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// Not a request of the protocol.
    BadRequest,
    /// A frame above the size limit.
    TooLarge,
    /// More subjects, rows or connections than allowed.
    TooMany,
    /// The token does not allow it.
    Forbidden,
    /// The server failed; the same request may succeed later.
    Internal,
}

/// A whole row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RowState {
    /// `queue#<queueId>#<media>`, `agent#<userId>#<media>` or `api#budget`.
    pub subject: String,
    /// `now`, `PT30M#<start>` or `P1D#<date>`.
    pub bucket: String,
    /// Identifies the row's history. It changes when the history was lost (restored or rebuilt):
    /// versions of different epochs cannot be compared.
    pub epoch: String,
    /// Grows by one with every change.
    pub version: u64,
    /// The newest event time in the last change, ISO-8601.
    pub at: String,
    /// Sums by metric name; those that are zero are absent. With `waits`, also how many waits are in
    /// which bucket of their histogram, as `w<number>`.
    pub metrics: BTreeMap<String, i64>,
    /// Rates, averages and percentiles.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Computed"))]
    pub computed: Computed,
    /// The queue's name in Genesys Cloud. Only snapshots carry it, once the server has read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// The change of a row from one version to a later one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Delta {
    /// As in `RowState`.
    pub subject: String,
    /// As in `RowState`.
    pub bucket: String,
    /// As in `RowState`.
    pub epoch: String,
    /// The oldest version that the delta can be applied to; it also applies to any version from
    /// `base` to `version`.
    pub base: u64,
    /// The version that it leads to.
    pub version: u64,
    /// The newest event time in the change, ISO-8601.
    pub at: String,
    /// New values (not differences) of the sums that changed since `base`, including those that
    /// changed back.
    pub set: BTreeMap<String, i64>,
    /// Sums that are now zero.
    pub unset: Vec<String>,
    /// All computed values.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Computed"))]
    pub computed: Computed,
}

impl Delta {
    /// The delta from one state of a row to the next; `before` is absent if the row is new.
    pub fn between(before: Option<&RowState>, after: &RowState) -> Self {
        let base = before.map_or(0, |row| row.version);
        Self::since(base, after, &RowState::changed_metrics(before, after))
    }

    /// The delta from version `base` to `after`. `changed` names every sum that changed in any
    /// version in between, even if its value is now the same again.
    pub fn since(base: u64, after: &RowState, changed: &BTreeSet<String>) -> Self {
        let mut set = BTreeMap::new();
        let mut unset = Vec::new();
        for name in changed {
            match after.metrics.get(name) {
                Some(sum) => {
                    set.insert(name.clone(), *sum);
                }
                None => unset.push(name.clone()),
            }
        }
        Self {
            subject: after.subject.clone(),
            bucket: after.bucket.clone(),
            epoch: after.epoch.clone(),
            base,
            version: after.version,
            at: after.at.clone(),
            set,
            unset,
            computed: after.computed.clone(),
        }
    }
}

impl RowState {
    /// The names of the sums whose values differ between two states.
    pub fn changed_metrics(before: Option<&Self>, after: &Self) -> BTreeSet<String> {
        let empty = BTreeMap::new();
        let old = before.map_or(&empty, |row| &row.metrics);
        let names = old.keys().chain(after.metrics.keys());
        names.filter(|name| old.get(*name) != after.metrics.get(*name)).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_written_as_the_protocol_says() {
        let json = |message: &ServerMessage| serde_json::to_string(message).unwrap();
        assert_eq!(json(&ServerMessage::Pong { id: 3 }), r#"{"type":"pong","id":3}"#);
        assert_eq!(json(&ServerMessage::Expired), r#"{"type":"expired"}"#);
        let error =
            ServerMessage::Error { id: Some(1), code: ErrorCode::BadRequest, message: "no".into() };
        assert_eq!(json(&error), r#"{"type":"error","id":1,"code":"bad_request","message":"no"}"#);
        let refused =
            RefusedSubject { subject: "agent#u#voice".into(), code: ErrorCode::Forbidden };
        let subscribed = ServerMessage::Subscribed {
            id: 1,
            subjects: vec!["queue#*".into()],
            refused: vec![refused],
            verify_seconds: Some(30),
            features: vec![],
        };
        let expected = r#"{"type":"subscribed","id":1,"subjects":["queue#*"],"refused":[{"subject":"agent#u#voice","code":"forbidden"}],"verifySeconds":30}"#;
        assert_eq!(json(&subscribed), expected);
    }

    #[test]
    fn a_viewer_reads_messages_of_older_and_newer_servers() {
        let read = |text| serde_json::from_str::<ServerMessage>(text).unwrap();
        let old = r#"{"type":"subscribed","id":1,"subjects":[],"refused":[]}"#;
        let ServerMessage::Subscribed { features, .. } = read(old) else { unreachable!() };
        assert_eq!(features, []);
        let new = r#"{"type":"subscribed","id":1,"subjects":[],"refused":[],"features":["waits","x"],"y":1}"#;
        let ServerMessage::Subscribed { features, .. } = read(new) else { unreachable!() };
        assert_eq!(features, [Feature::Waits, Feature::Other]);
        let snapshot = ServerMessage::Snapshot { id: None, rows: vec![], last: true };
        assert_eq!(read(r#"{"type":"snapshot","rows":[],"last":true}"#), snapshot);
    }

    #[test]
    fn a_row_with_a_name_is_read_by_old_viewers_and_one_without_by_new_ones() {
        let text = r#"{"subject":"queue#q#voice","bucket":"now","epoch":"e","version":1,"at":"","metrics":{},"computed":{}}"#;
        let mut row: RowState = serde_json::from_str(text).unwrap();
        assert_eq!(row.name, None);
        assert_eq!(serde_json::to_string(&row).unwrap(), text, "nothing is written for no name");
        row.name = Some("Billing".into());
        let named = serde_json::to_string(&row).unwrap();
        assert!(named.ends_with(r#""computed":{},"name":"Billing"}"#), "{named}");
    }
}
