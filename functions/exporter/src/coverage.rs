//! What the complete exports cover, and the marker that says so in the bucket.

use crate::export::{Export, Kind, Route, Table};
use crate::hour::Hour;
use headroom_kpi::Millis;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// The newest full export that is complete, and the increments after it without one missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Coverage {
    full: Option<Export>,
    increments: Vec<Export>,
    /// Exports that are requested and not complete.
    pending: Vec<Export>,
}

impl Coverage {
    pub(crate) fn new(exports: &[Export], route: &Route) -> Self {
        let current: Vec<_> = exports.iter().filter(|export| export.route == *route).collect();
        let full = |export: &&&Export| export.window.kind == Kind::Full && export.is_complete();
        let full = current.iter().filter(full).max_by_key(|export| export.window.to).copied();
        let pending = current.iter().filter(|export| !export.is_complete());
        let mut coverage = Self {
            full: full.cloned(),
            increments: Vec::new(),
            pending: pending.copied().cloned().collect(),
        };
        while let Some(until) = coverage.until() {
            let follows = |export: &&&Export| {
                let window = export.window;
                window.kind == Kind::Incremental && window.from == until && window.to > until
            };
            let next = current.iter().filter(follows).find(|export| export.is_complete());
            let Some(next) = next else { break };
            coverage.increments.push((*next).clone());
        }
        coverage
    }

    /// The hour up to which the exports say everything; none without a full one.
    pub(crate) fn until(&self) -> Option<Hour> {
        let newest = self.increments.last().or(self.full.as_ref());
        newest.map(|export| export.window.to)
    }

    fn document(&self, table: Table, late_hours: i64) -> TableDocument {
        let until = self.until();
        TableDocument {
            full: self.full.as_ref().map(|full| part(full, table)),
            increments: self.increments.iter().map(|export| part(export, table)).collect(),
            pending: self.pending.iter().map(|export| part(export, table)).collect(),
            covered_until: until.map(Hour::text),
            final_until: until.map(|until| until.plus(-late_hours).text()),
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
