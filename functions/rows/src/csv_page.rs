//! A page as CSV (RFC 4180), for spreadsheets.

use crate::error::ReadError;
use csv::{Terminator, WriterBuilder};
use headroom_protocol::{RowState, RowsPage};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io;

/// The columns that every page has first.
const COLUMNS: [&str; 9] =
    ["subject", "name", "bucket", "at", "asOf", "stale", "lagSeconds", "epoch", "version"];

/// Computed values, each with a column whether a row has it or not.
const COMPUTED: [&str; 17] = [
    "asaMs",
    "ahtMs",
    "answerRate",
    "abandonRate",
    "serviceLevel",
    "waitP50Ms",
    "waitP90Ms",
    "waitP95Ms",
    "avgTalkMs",
    "avgHoldMs",
    "avgAcwMs",
    "waitingSince",
    "interactingSince",
    "occupancy",
    "status",
    "statusSince",
    "idleSince",
];

/// The text of a page: a header, and a line for each row. After the columns that are always there
/// come those of the sums that a row of this page has.
pub(crate) fn csv_page(page: &RowsPage) -> Result<String, ReadError> {
    let sums: BTreeSet<_> = page.rows.iter().flat_map(|row| row.metrics.keys()).collect();
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    let names = COLUMNS.into_iter().chain(COMPUTED).map(str::to_owned);
    let header: Vec<_> = names.chain(sums.iter().map(|name| plain(name))).collect();
    writer.write_record(&header)?;
    for row in &page.rows {
        writer.write_record(cells(page, row, &sums)?)?;
    }
    let bytes = writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))?;
    Ok(String::from_utf8(bytes).map_err(|error| csv::Error::from(io::Error::other(error)))?)
}

fn cells(
    page: &RowsPage,
    row: &RowState,
    sums: &BTreeSet<&String>,
) -> Result<Vec<String>, ReadError> {
    let computed = serde_json::to_value(&row.computed)?;
    let number = |number: Option<i64>| number.map(|n| n.to_string()).unwrap_or_default();
    let mut cells = vec![
        plain(&row.subject),
        plain(row.name.as_deref().unwrap_or_default()),
        row.bucket.clone(),
        row.at.clone(),
        page.as_of.clone(),
        page.stale.to_string(),
        number(page.lag_seconds),
        plain(&row.epoch),
        row.version.to_string(),
    ];
    cells.extend(COMPUTED.map(|name| computed_cell(&computed, name)));
    cells.extend(sums.iter().map(|name| number(row.metrics.get(*name).copied())));
    Ok(cells)
}

fn computed_cell(computed: &Value, name: &str) -> String {
    match computed.get(name) {
        Some(Value::String(text)) => plain(text),
        Some(value) => value.to_string(),
        None => String::new(),
    }
}

/// A text that no spreadsheet takes for a formula: the name of a queue is whatever somebody typed.
fn plain(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use headroom_kpi::Computed;

    fn row(name: &str, metrics: &[(&str, i64)]) -> RowState {
        RowState {
            subject: "queue#q#voice".into(),
            bucket: "now".into(),
            epoch: "1.5".into(),
            version: 3,
            at: "2026-05-12T14:02:40Z".into(),
            metrics: metrics.iter().map(|(name, sum)| ((*name).to_owned(), *sum)).collect(),
            computed: Computed { asa_ms: Some(4_500.5), ..Computed::default() },
            name: Some(name.to_owned()).filter(|name| !name.is_empty()),
        }
    }

    fn lines(rows: Vec<RowState>) -> Vec<String> {
        let as_of = "2026-05-12T14:02:42Z".to_owned();
        let page = RowsPage { as_of, stale: false, lag_seconds: Some(2), rows, next: None };
        let text = csv_page(&page).unwrap();
        text.strip_suffix("\r\n").unwrap().split("\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn a_page_has_a_header_and_a_line_for_each_row() {
        let lines = lines(vec![
            row("Billing", &[("oWaiting", 4)]),
            row("", &[("tAnswered.count", 2), ("nOver", -1)]),
        ]);
        let header = "subject,name,bucket,at,asOf,stale,lagSeconds,epoch,version,asaMs,ahtMs,";
        assert!(lines[0].starts_with(header), "{}", lines[0]);
        assert!(lines[0].ends_with(",idleSince,nOver,oWaiting,tAnswered.count"), "{}", lines[0]);
        let times = "now,2026-05-12T14:02:40Z,2026-05-12T14:02:42Z,false,2,1.5,3,4500.5,";
        let empty = ",".repeat(15);
        assert_eq!(lines[1], format!("queue#q#voice,Billing,{times}{empty},,4,"));
        assert_eq!(lines[2], format!("queue#q#voice,,{times}{empty},-1,,2"));
        assert_eq!(lines.len(), 3);
    }

    #[test]
    fn texts_are_quoted_and_are_no_formulas() {
        for (name, cell) in [
            ("=1+1", "'=1+1"),
            ("@x", "'@x"),
            ("-5", "'-5"),
            ("+49", "'+49"),
            ("\tx", "'\tx"),
            ("a,b", "\"a,b\""),
            ("=\"a\"", "\"'=\"\"a\"\"\""),
            ("a\nb", "\"a\nb\""),
            ("Zoë", "Zoë"),
        ] {
            let line = &lines(vec![row(name, &[])])[1];
            assert!(line.starts_with(&format!("queue#q#voice,{cell},now")), "{line}");
        }
        let header = &lines(vec![row("", &[("=evil", 1)])])[0];
        assert!(header.ends_with(",'=evil"), "{header}");
    }

    #[test]
    fn every_computed_value_has_a_column() {
        let number = Some(1.0);
        let text = || Some("x".to_owned());
        let computed = Computed {
            asa_ms: number,
            aht_ms: number,
            answer_rate: number,
            abandon_rate: number,
            service_level: number,
            wait_p50_ms: number,
            wait_p90_ms: number,
            wait_p95_ms: number,
            avg_talk_ms: number,
            avg_hold_ms: number,
            avg_acw_ms: number,
            waiting_since: text(),
            interacting_since: text(),
            occupancy: number,
            status: text(),
            status_since: text(),
            idle_since: text(),
        };
        let values = serde_json::to_value(computed).unwrap();
        let names: BTreeSet<_> = values.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, COMPUTED.into_iter().collect());
    }

    #[test]
    fn a_page_without_rows_has_its_header() {
        assert_eq!(lines(vec![]).len(), 1);
    }
}
