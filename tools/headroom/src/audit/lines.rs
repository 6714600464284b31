//! What an audit says, a line of JSON for each row.

use headroom_engine::{AuditReport, DifferenceKind, Repeat, RowDifference};
use headroom_tables::layout::attribute;
use serde_json::{Map, Value, json};

/// A line for each row that differs, and for each item that came twice.
pub(super) fn lines(report: &AuditReport) -> String {
    let repeats = report.repeats.iter().map(repeat);
    let lines = repeats.chain(report.differences.iter().map(difference));
    lines.fold(String::new(), |text, line| text + &line.to_string() + "\n")
}

fn repeat(repeat: &Repeat) -> Value {
    match repeat {
        Repeat::Entity(key) => json!({"kind": "entityTwice", "entity": key}),
        Repeat::Row(key) => {
            let (subject, bucket) = (key.subject.to_string(), key.bucket.to_string());
            json!({"kind": "rowTwice", "subject": subject, "bucket": bucket})
        }
    }
}

fn difference(difference: &RowDifference) -> Value {
    let kind = match difference.kind() {
        DifferenceKind::Sums => "sums",
        DifferenceKind::MissingRow => "missingRow",
        DifferenceKind::WithoutContributions => "withoutContributions",
    };
    let sums: Map<_, _> = difference
        .sums()
        .into_iter()
        .map(|sum| (attribute(&sum.measure), json!({"stored": sum.stored, "right": sum.right})))
        .collect();
    json!({
        "kind": kind,
        "subject": difference.row.subject.to_string(),
        "bucket": difference.row.bucket.to_string(),
        "version": difference.stored.as_ref().map(|stored| stored.row.version),
        "sums": sums,
    })
}
