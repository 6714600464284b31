//! What the tests that cross the boundaries of crates share.

// It is called by tests only, where a failure is a panic.
#![allow(clippy::panic, clippy::missing_panics_doc)]

use headroom::files::Input;
use headroom::replay::{Progress, Rejects, Replay, ShownRow, Summary};
use headroom_kpi::Settings;
use headroom_simulator::{
    Assumptions, Faults, Feed, Line, LineKind, Load, Options, Rules, Truth, TruthRow,
};
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::path::{Path, PathBuf};

/// The folder of sample events and schemas.
pub fn events_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../events")
}

/// A small contact centre; every option can be changed.
pub fn options(seed: u64, conversations: u64) -> Options {
    Options {
        seed,
        start: jiff::Timestamp::constant(1_778_565_600, 0),
        load: Load::Conversations(conversations),
        feed: Feed::Both,
        faults: Faults::default(),
        rules: Rules::default(),
        assumptions: Assumptions::default(),
        agents: false,
    }
}

/// The lines of a simulation, and what is true of it.
pub fn simulate(options: &Options) -> (Vec<Line>, Truth) {
    let mut lines = Vec::new();
    let result = headroom_simulator::run(options, |line| {
        lines.push(line);
        Ok::<_, Infallible>(())
    });
    let Ok(truth) = result;
    (lines, truth)
}

/// Lines of some kinds, as a file has them.
pub fn file_of(lines: &[Line], kinds: &[LineKind]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for line in lines.iter().filter(|line| kinds.contains(&line.kind)) {
        bytes.extend_from_slice(&line.bytes);
        bytes.push(b'\n');
    }
    bytes
}

/// Every kind of line.
pub const ALL: [LineKind; 4] =
    [LineKind::Event, LineKind::Repeat, LineKind::Broken, LineKind::Unused];

/// Replays a file in memory.
pub fn replay(file: Vec<u8>, settings: Settings, batch: usize) -> (Vec<ShownRow>, Summary) {
    // A thread for each single line would take longer than the rest.
    let threads = if batch == 1 { 1 } else { 2 };
    let mut replay = Replay::new(settings, Rejects::new(None), batch, threads);
    let input = Input::from_reader("memory", std::io::Cursor::new(file));
    replay.input(input, None, &Progress::none()).unwrap_or_else(|error| panic!("{error}"));
    let rows = replay.rows().unwrap_or_else(|error| panic!("{error}"));
    let (summary, _) = replay.finish().unwrap_or_else(|error| panic!("{error}"));
    (rows, summary)
}

/// Metrics that no session and no other metric implies: that they were lost leaves no trace
/// (`kpis.md#no-trace`).
pub const WITHOUT_TRACE: [&str; 9] = [
    "nAlertExpired",
    "nConnected",
    "nConsult",
    "nError",
    "nOutbound",
    "oMediaCount",
    "oMessageTurn",
    "tAgentResponseTime",
    "tConnected",
];

/// Whether the loss of a sum of a row leaves no trace: `tConnected.count`.
pub fn is_without_trace(sum: &str) -> bool {
    let metric = sum.split('.').next().unwrap_or_default();
    WITHOUT_TRACE.contains(&metric)
}

/// Where rows differ from the truth: one line of text for each difference.
pub fn differences(truth: &Truth, rows: &[ShownRow]) -> Vec<String> {
    differences_where(|_| true, truth, rows)
}

/// Where the sums of rows that are compared differ from the truth.
pub fn differences_where(
    is_compared: impl Fn(&str) -> bool,
    truth: &Truth,
    rows: &[ShownRow],
) -> Vec<String> {
    let expected = truth.rows().filter_map(|mut row| {
        row.metrics.retain(|sum, _| is_compared(sum));
        (!row.metrics.is_empty()).then(|| (key(&row.subject, &row.bucket), row))
    });
    let expected: BTreeMap<_, _> = expected.collect();
    let actual = rows.iter().cloned().filter_map(|mut row| {
        row.metrics.retain(|sum, _| is_compared(sum));
        (!row.metrics.is_empty()).then(|| (key(&row.subject, &row.bucket), row))
    });
    let actual: BTreeMap<_, _> = actual.collect();
    let missing = expected.keys().filter(|key| !actual.contains_key(*key));
    let mut differences: Vec<_> = missing.map(|key| format!("{key} is missing")).collect();
    for (key, row) in &actual {
        match expected.get(key) {
            None => differences.push(format!("{key} should not be: {:?}", row.metrics)),
            Some(expected) => {
                differences
                    .extend(row_difference(expected, row).map(|what| format!("{key}: {what}")));
            }
        }
    }
    differences
}

fn key(subject: &str, bucket: &str) -> String {
    format!("{subject} {bucket}")
}

fn row_difference(expected: &TruthRow, row: &ShownRow) -> Option<String> {
    if expected.metrics != row.metrics {
        let of_one = |sum: &&String| row.metrics.get(*sum) != expected.metrics.get(*sum);
        let names: BTreeSet<_> = row.metrics.keys().chain(expected.metrics.keys()).collect();
        let differences = names.into_iter().filter(of_one).map(|sum| {
            format!("{sum} is {:?}, not {:?}", row.metrics.get(sum), expected.metrics.get(sum))
        });
        return Some(differences.collect::<Vec<_>>().join(", "));
    }
    let expected = serde_json::to_value(&expected.computed).unwrap_or_default();
    let actual = serde_json::to_value(&row.computed).unwrap_or_default();
    let names = |value: &serde_json::Value| -> Vec<String> {
        value.as_object().map(|object| object.keys().cloned().collect()).unwrap_or_default()
    };
    let mut names_of_both = names(&expected);
    names_of_both.extend(names(&actual));
    let differs = |name: &String| !agree(name, &expected[name], &actual[name]);
    let name = names_of_both.into_iter().find(differs)?;
    Some(format!("{name} is {} and should be {}", actual[&name], expected[&name]))
}

/// Percentiles come from a histogram: within 5 % and 1 ms. Everything else is exact.
fn agree(name: &str, expected: &serde_json::Value, actual: &serde_json::Value) -> bool {
    match (expected.as_f64(), actual.as_f64()) {
        (Some(expected), Some(actual)) if name.starts_with("waitP") => {
            (expected - actual).abs() <= expected * 0.05 + 1.0
        }
        (Some(expected), Some(actual)) => (expected - actual).abs() <= expected.abs() * 1e-12,
        _ => expected == actual,
    }
}
