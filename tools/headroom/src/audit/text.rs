//! What an audit says, for people.

use crate::terminal::{self, count_line};
use headroom_engine::{AuditReport, DifferenceKind, Exemption, Repeat, RowDifference};
use headroom_tables::PartReport;
use headroom_tables::layout::attribute;
use std::fmt::Write;

/// Each difference as a line of a table; nothing without one.
pub(super) fn table(report: &AuditReport) -> String {
    let mut text = String::new();
    for repeat in &report.repeats {
        let _ = match repeat {
            Repeat::Entity(key) => writeln!(text, "entity {key} comes twice"),
            Repeat::Row(key) => writeln!(text, "row {} {} comes twice", key.subject, key.bucket),
        };
    }
    if !report.differences.is_empty() {
        let header = "row,bucket,wrong,sum,stored,right,difference";
        let rows = report.differences.iter().flat_map(rows);
        let _ = writeln!(text, "{}", terminal::table(header, 4, rows));
    }
    text
}

/// A row of the table for each sum that differs.
fn rows(difference: &RowDifference) -> impl Iterator<Item = [String; 7]> {
    difference.sums().into_iter().map(|sum| {
        [
            difference.row.subject.to_string(),
            difference.row.bucket.to_string(),
            kind(difference.kind()).to_owned(),
            attribute(&sum.measure),
            sum.stored.to_string(),
            sum.right.to_string(),
            format!("{:+}", sum.stored.saturating_sub(sum.right)),
        ]
    })
}

fn kind(kind: DifferenceKind) -> &'static str {
    match kind {
        DifferenceKind::Sums => "sum",
        DifferenceKind::MissingRow => "missing row",
        DifferenceKind::WithoutContributions => "no contributions",
    }
}

/// How much was looked at, and what was left out.
pub(super) fn summary(PartReport { report, busy }: &PartReport) -> String {
    let mut text = String::new();
    let mut line = |count: u64, what: &str| text += &count_line(count, what);
    let summary = &report.summary;
    line(summary.entities, "entities");
    line(summary.rows, "rows");
    line(summary.compared, "rows compared");
    line(report.differences.len() as u64, "rows that differ");
    if !report.repeats.is_empty() {
        line(
            report.repeats.len() as u64,
            "items that come twice: are there two exports in a folder?",
        );
    }
    if *busy > 0 {
        line(
            *busy,
            "rows not judged: they changed while they were read; audit again when it is quiet",
        );
    }
    for (exemption, count) in &summary.exempt {
        line(*count, reason(*exemption));
    }
    text
}

/// Why rows are left out.
fn reason(exemption: Exemption) -> &'static str {
    match exemption {
        Exemption::EntitiesExpired => {
            "rows left out: entities with a part in them may be removed (--retention-days)"
        }
        Exemption::RowExpired => "rows left out: they may be removed (--interval-rows-days)",
        Exemption::AgentForgets => {
            "rows left out: their agents have forgotten changes of then (agents.windowHours)"
        }
        Exemption::StatusExpired => {
            "rows left out: the last status of agents that may be removed (--retention-days)"
        }
    }
}
