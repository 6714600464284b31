//! Rows by HTTP: what `GET /v1/rows` answers. `docs/rest.md` is the specification.

use crate::RowState;
use serde::{Deserialize, Serialize};

/// Most rows of a page: some megabytes at most, read in a fraction of a second.
pub const PAGE_ROWS_MAX: usize = 1_000;

/// A page of rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RowsPage {
    /// When the rows were read, ISO-8601, by the server's clock.
    pub as_of: String,
    /// Whether Headroom may be behind: its newest sign of life is more than 150 seconds old. A sign
    /// is an event in one of these rows, or a report of the API budget.
    pub stale: bool,
    /// Seconds from the newest event in the current rows of this page (`now`, the present interval
    /// and day) to `asOf`. Absent if the page has none of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lag_seconds: Option<i64>,
    /// In the order of buckets as they were asked for, and of subjects in each.
    pub rows: Vec<RowState>,
    /// The `cursor` of the next page. Absent if this is the last one. A page may have few rows or
    /// none and still not be the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Why a request was refused: problem details as in RFC 9457.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Problem {
    /// `about:blank`: the status says what kind of problem it is.
    #[serde(rename = "type")]
    pub kind: String,
    /// The name of the status.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong and what to do.
    pub detail: String,
}
