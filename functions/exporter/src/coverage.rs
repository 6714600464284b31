//! What the complete exports cover, and the marker that says so in the bucket.

use crate::export::{Export, Kind, Route, Table};
use crate::hour::Hour;
use headroom_kpi::Millis;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use std::iter::successors;

/// The newest full export that is complete, and the increments after it without one missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Coverage {
    full: Option<Export>,
    increments: Vec<Export>,
    /// Exports of later hours that are requested and not complete.
    pending: Vec<Export>,
    /// When the first export was requested that the ledger knows of.
    first_request: Option<Millis>,
}

impl Coverage {
    pub(crate) fn new(exports: &[Export], route: &Route) -> Self {
        let current = || exports.iter().filter(|export| export.route == *route);
        let (complete, rest): (Vec<&Export>, Vec<&Export>) =
            current().partition(|export| export.is_complete());
        let full = complete.iter().filter(|export| export.window.kind == Kind::Full);
        let full = full.max_by_key(|export| export.window.to).copied();
        let next = |export: &&Export| {
            let end = export.window.to;
            complete.iter().copied().find(|export| export.window.follows(end))
        };
        let increments = successors(full, next).skip(1).cloned().collect();
        let first_request = current().map(|export| Millis(export.requested_at)).min();
        let (full, pending) = (full.cloned(), Vec::new());
        let mut coverage = Self { full, increments, pending, first_request };
        let until = coverage.until();
        let is_later = |export: &&Export| until.is_none_or(|until| export.window.to > until);
        coverage.pending = rest.into_iter().filter(is_later).cloned().collect();
        coverage
    }

    /// The hour up to which the exports say everything; none without a full one.
    pub(crate) fn until(&self) -> Option<Hour> {
        let newest = self.increments.last().or(self.full.as_ref());
        newest.map(|export| export.window.to)
    }

    /// Since when something is missing in the exports: the end of what they cover, or the first request, as
    /// long as nothing is complete. None before that.
    pub(crate) fn since(&self) -> Option<Millis> {
        self.until().map(Hour::start).or(self.first_request)
    }

    fn document(&self, table: Table, late_hours: i64) -> TableDocument {
        let until = self.until();
        TableDocument {
            full: self.full.as_ref().map(|full| part(full, table)),
            increments: self.increments.iter().map(|export| part(export, table)).collect(),
            pending: self.pending.iter().map(|export| part(export, table)).collect(),
            covered_until: until.map(Hour::text),
            final_until: until
                .filter(|_| table == Table::Rows)
                .map(|until| until.plus(-late_hours).text()),
        }
    }
}

/// The marker: a JSON object beside the exports.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Marker {
    written_at: String,
    late_hours: i64,
    tables: BTreeMap<&'static str, TableDocument>,
}

impl Marker {
    pub(crate) fn new(coverages: &BTreeMap<Table, Coverage>, late_hours: i64, now: Millis) -> Self {
        let written_at = Timestamp::from_second(now.seconds()).unwrap_or_default().to_string();
        let documents = coverages.iter();
        let documents = documents
            .map(|(table, coverage)| (table.name(), coverage.document(*table, late_hours)));
        Self { written_at, late_hours, tables: documents.collect() }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct TableDocument {
    covered_until: Option<String>,
    /// Of rows alone: the ledger has no intervals.
    #[serde(skip_serializing_if = "Option::is_none")]
    final_until: Option<String>,
    full: Option<Part>,
    increments: Vec<Part>,
    pending: Vec<Part>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Part {
    kind: Kind,
    from: String,
    to: String,
    prefix: String,
}

fn part(export: &Export, table: Table) -> Part {
    let (from, to) = (export.window.from.text(), export.window.to.text());
    Part { kind: export.window.kind, from, to, prefix: export.prefix(table) }
}
