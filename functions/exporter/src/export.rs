//! An export: its window, its token, its prefix, and what became of it.

use crate::hour::Hour;
use headroom_kpi::Millis;
use headroom_tables::{DocumentKey, time_name};
use serde::{Deserialize, Serialize};

/// The kind of the documents of exports.
pub const EXPORT_KIND: &str = "export";

/// Times that the export of a window is requested before it has failed for good.
pub const ATTEMPTS_MAX: u32 = 3;

/// How long a request without a response is repeated. DynamoDB knows its token for 8 hours, and after
/// that a repeat could be a second export.
const REPEATED_FOR: Millis = Hour::millis(7);

/// Which table is exported. The names are those of folders in the bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// The KPI rows.
    Rows,
    /// The ledger, for the names of queues.
    Catalog,
}

impl Table {
    /// Its folder in the bucket, and the first part of its documents' names.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rows => "rows",
            Self::Catalog => "ledger",
        }
    }
}

/// Whether an export has all items, or those that have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// All items, as they were at a time.
    Full,
    /// The items that have changed in a window.
    Incremental,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Incremental => "incremental",
        }
    }
}

/// What an export covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Window {
    /// All items, or changes.
    pub kind: Kind,
    /// The first hour. Of a full export the same as `to`.
    pub from: Hour,
    /// The hour that ends it, and does not belong to it. Of a full export its time.
    pub to: Hour,
}

impl Window {
    /// The window of a full export.
    pub const fn full(time: Hour) -> Self {
        Self { kind: Kind::Full, from: time, to: time }
    }

    /// The window of an increment.
    pub const fn increment(from: Hour, to: Hour) -> Self {
        Self { kind: Kind::Incremental, from, to }
    }

    /// Whether it is the increment after an export that ends at an hour.
    pub fn follows(&self, end: Hour) -> bool {
        self.kind == Kind::Incremental && self.from == end && self.to > end
    }
}

/// From where to where: exports of another table, or to another bucket, are of no use to this chain.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Route {
    /// The id that DynamoDB gave the table; a restored one has another.
    pub table_id: String,
    /// The name of the bucket.
    pub bucket: String,
}

/// An export, as its document has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Export {
    /// What it covers.
    #[serde(flatten)]
    pub window: Window,
    /// From where to where.
    #[serde(flatten)]
    pub route: Route,
    /// 1 at first, one more for each time that it was requested again after it had failed.
    pub attempt: u32,
    /// When this attempt was first requested, in ms since 1970.
    pub requested_at: i64,
    /// What became of it.
    #[serde(flatten)]
    pub status: Status,
}

/// What became of an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "status")]
pub enum Status {
    /// No response has said yet that it began.
    Requested,
    /// It is being made.
    Running {
        /// Its ARN.
        arn: String,
    },
    /// All its files are there.
    Complete {
        /// Its ARN.
        arn: String,
    },
    /// DynamoDB has ended it.
    Failed {
        /// Why.
        reason: String,
    },
}

impl Export {
    /// An export that is about to be requested for the first time.
    pub fn new(window: Window, route: &Route, now: Millis) -> Self {
        let (route, status) = (route.clone(), Status::Requested);
        Self { window, route, attempt: 1, requested_at: now.0, status }
    }

    /// The same window, about to be requested again after its export failed.
    #[must_use]
    pub fn again(&self, now: Millis) -> Self {
        let attempt = self.attempt + 1;
        Self { attempt, requested_at: now.0, status: Status::Requested, ..self.clone() }
    }

    /// Whether all its files are there.
    pub fn is_complete(&self) -> bool {
        matches!(self.status, Status::Complete { .. })
    }

    /// Whether it failed, or nobody knows any more whether it began.
    pub fn has_failed(&self, now: Millis) -> bool {
        match self.status {
            Status::Failed { .. } => true,
            Status::Requested => now - Millis(self.requested_at) > REPEATED_FOR,
            Status::Running { .. } | Status::Complete { .. } => false,
        }
    }

    /// Makes requests for the same attempt one request: DynamoDB answers the second as the first.
    pub fn token(&self) -> String {
        let Window { kind, from, to } = self.window;
        let table: String = self.route.table_id.chars().filter(|c| *c != '-').take(12).collect();
        let (letter, time) = (&kind.name()[..1], time_name(from.start()));
        format!("{table}-{letter}{time}-{}-{}", to.0 - from.0, self.attempt)
    }

    /// The folder of its files.
    pub fn prefix(&self, table: Table) -> String {
        let Window { kind, from, .. } = self.window;
        let folder = format!("bi/{}/{}/{}", table.name(), kind.name(), from.path());
        // What a failed export has left behind is not to be mixed with the files of the next.
        if self.attempt == 1 { folder } else { format!("{folder}-{}", self.attempt) }
    }

    /// The key of its document.
    pub fn key(&self, table: Table) -> DocumentKey {
        let Window { kind, from, .. } = self.window;
        let name = format!("{}/{}/{}", table.name(), kind.name(), time_name(from.start()));
        DocumentKey::new(EXPORT_KIND, name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn export() -> Export {
        let from = Hour(494_520);
        let table_id = "12345678-1234-4123-8123-123456789012".to_owned();
        let route = Route { table_id, bucket: "b".to_owned() };
        Export::new(Window::increment(from, from.plus(1)), &route, Millis(7))
    }

    #[test]
    fn each_attempt_has_a_token_and_a_prefix_and_a_window_has_one_document() {
        let (first, second) = (export(), export().again(Millis(8)));
        assert_eq!(first.token(), "123456781234-i1780272000000-1-1");
        assert_eq!(second.token(), "123456781234-i1780272000000-1-2");
        assert_eq!(first.prefix(Table::Rows), "bi/rows/incremental/20260601T000000Z");
        assert_eq!(second.prefix(Table::Rows), "bi/rows/incremental/20260601T000000Z-2");
        assert_eq!(first.key(Table::Rows), second.key(Table::Rows));
    }

    #[test]
    fn a_document_says_all_of_it() {
        let statuses = [
            Status::Requested,
            Status::Running { arn: "a".to_owned() },
            Status::Complete { arn: "a".to_owned() },
            Status::Failed { reason: "r".to_owned() },
        ];
        for status in statuses {
            let export = Export { status, ..export() };
            let text = serde_json::to_string(&export).unwrap();
            assert_eq!(serde_json::from_str::<Export>(&text).unwrap(), export, "{text}");
        }
    }
}
