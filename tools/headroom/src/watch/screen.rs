//! What `headroom watch` prints.

use crate::CliError;
use crate::agents::{agent_table, staffing_table};
use crate::budget::BudgetStatus;
use crate::names::QueueNames;
use crate::queues::{Column, queue_lines, queue_table, title};
use crate::replay::ShownRow;
use crate::terminal::{Canvas, json_line, print, print_message, printable};
use crate::viewer::{Viewer, ViewerEvent};
use headroom_protocol::{Delta, RowState, SessionEvent};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

/// Shortest time between two drawings: faster ones cannot be read.
const DRAW_INTERVAL_MIN: Duration = Duration::from_millis(250);
/// Longest time between two drawings: the table contains ages.
const DRAW_INTERVAL_MAX: Duration = Duration::from_secs(1);

/// The form in which rows are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Output {
    /// A table; while watching it is redrawn in place.
    Table,
    /// A line for each change.
    Lines,
    /// A row of JSON for each change.
    Json,
}

pub(super) struct Screen {
    output: Output,
    sort: Column,
    canvas: Canvas,
    drawn_at: Option<Instant>,
    /// Whether anything has happened since the last drawing.
    changed: bool,
    /// The subjects that the token does not allow, separated by commas.
    refused_subjects: String,
}

/// A row of JSON: as in the protocol, and whether it is stale.
#[derive(Serialize)]
struct JsonRow<'a> {
    #[serde(flatten)]
    row: &'a RowState,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    stale: bool,
}

impl Screen {
    pub(super) fn new(output: Output, sort: Column) -> Self {
        Self {
            output,
            sort,
            canvas: Canvas::default(),
            drawn_at: None,
            changed: true,
            refused_subjects: String::new(),
        }
    }

    /// Shows an event, or redraws the table if it is time.
    pub(super) fn show(
        &mut self,
        viewer: &Viewer,
        event: Option<&ViewerEvent>,
    ) -> Result<(), CliError> {
        if self.output == Output::Table {
            self.changed |= event.is_some();
            if let Some(ViewerEvent::Session(SessionEvent::Subscribed(refused))) = event {
                let subjects: Vec<_> =
                    refused.iter().map(|refused| printable(&refused.subject)).collect();
                self.refused_subjects = subjects.join(", ");
            }
            return self.draw(viewer);
        }
        match event {
            Some(ViewerEvent::Connected) => print_message("connected"),
            Some(ViewerEvent::Disconnected(reason)) => {
                print_message(format_args!("not connected: {}", printable(reason)));
            }
            Some(ViewerEvent::Session(event)) => return self.print_event(viewer, event),
            None => {}
        }
        Ok(())
    }

    fn print_event(&self, viewer: &Viewer, event: &SessionEvent) -> Result<(), CliError> {
        match event {
            SessionEvent::Subscribed(refused) => {
                for refused in refused {
                    print_message(format_args!("not allowed: {}", printable(&refused.subject)));
                }
                Ok(())
            }
            SessionEvent::Rows(changes) | SessionEvent::Complete(changes) => {
                if self.output == Output::Json {
                    print_changed_rows(viewer, changes)
                } else {
                    print(&changes.iter().map(change_line).collect::<String>())
                }
            }
            _ => Ok(()),
        }
    }

    /// Prints all rows once.
    pub(super) fn print_all(&self, viewer: &Viewer) -> Result<(), CliError> {
        if self.output != Output::Json {
            return print(&format!("{}\n", self.tables(viewer, Instant::now())));
        }
        print_json(viewer, |_| true)
    }

    /// Draws the table for the last time.
    pub(super) fn finish(&mut self, viewer: &Viewer) -> Result<(), CliError> {
        self.drawn_at = None;
        self.changed = true;
        if self.output == Output::Table { self.draw(viewer) } else { Ok(()) }
    }

    fn draw(&mut self, viewer: &Viewer) -> Result<(), CliError> {
        let now = Instant::now();
        let age = self.drawn_at.map_or(Duration::MAX, |drawn_at| now.duration_since(drawn_at));
        if age < DRAW_INTERVAL_MIN || (!self.changed && age < DRAW_INTERVAL_MAX) {
            return Ok(());
        }
        let mut text = self.tables(viewer, now);
        let _ = write!(text, "\n{}", status_line(viewer, Timestamp::now()));
        if !self.refused_subjects.is_empty() {
            let _ = write!(text, "\nnot allowed: {}", self.refused_subjects);
        }
        self.drawn_at = Some(now);
        self.changed = false;
        self.canvas.draw(&text)
    }

    /// The queues, and the API budget where there is one.
    fn tables(&self, viewer: &Viewer, now: Instant) -> String {
        let (rows, names) = shown_rows(viewer, now);
        let mut queues = self.queues(viewer, &rows, &names);
        if let Some(agents) = agents(&rows, &names) {
            let _ = write!(queues, "\n{agents}");
        }
        match BudgetStatus::from_rows(viewer.session().rows(now)) {
            Some(budget) => format!("{queues}\n{}", budget.line(Timestamp::now())),
            None => queues,
        }
    }

    fn queues(&self, viewer: &Viewer, rows: &[(ShownRow, bool)], names: &QueueNames) -> String {
        let Some(bucket) = latest_bucket(rows) else { return "No rows of queues yet.".to_owned() };
        let catalog = viewer.session().catalog();
        let mut lines = queue_lines(rows, &bucket, names);
        for line in &mut lines {
            let level = catalog.and_then(|catalog| catalog.service_level(line.id, line.media));
            line.target = level.map(|level| level.target);
        }
        lines.sort_by(|a, b| a.compare(b, self.sort));
        queue_table(&title(&bucket), &lines, Timestamp::now())
    }
}

/// The rows, each with whether it is stale, and the names of queues. The API budget is left out.
fn shown_rows(viewer: &Viewer, now: Instant) -> (Vec<(ShownRow, bool)>, QueueNames) {
    let mut names = QueueNames::default();
    let mut rows = Vec::new();
    let states = viewer.session().rows(now);
    for (state, stale) in states.filter(|(state, _)| !state.subject.starts_with("api#")) {
        if let Some(name) = &state.name {
            names.insert_subject(&state.subject, name);
        }
        rows.push((shown_row(state), stale));
    }
    let catalog = viewer.session().catalog();
    for queue in catalog.iter().flat_map(|catalog| &catalog.queues) {
        if let Some(name) = &queue.name {
            names.insert(queue.id.clone(), name);
        }
    }
    (rows, names)
}

/// The staffing of queues, and the agents; none if there is no row of an agent.
fn agents(rows: &[(ShownRow, bool)], names: &QueueNames) -> Option<String> {
    rows.iter().find(|(row, _)| row.subject.starts_with("agent#"))?;
    let (bucket, now) = (latest_bucket(rows)?, Timestamp::now());
    let staffing = staffing_table(rows, names, now);
    Some(format!("{staffing}\n{}", agent_table(rows, &bucket, None, now)))
}

/// The latest day; without days the latest interval, and without intervals `now`.
fn latest_bucket(rows: &[(ShownRow, bool)]) -> Option<String> {
    let latest = |prefix: &str| {
        let buckets = rows.iter().map(|(row, _)| &row.bucket);
        buckets.filter(|bucket| bucket.starts_with(prefix)).max()
    };
    latest("P1D#").or_else(|| latest("PT")).or_else(|| latest("now")).cloned()
}

fn shown_row(row: &RowState) -> ShownRow {
    ShownRow {
        subject: printable(&row.subject),
        bucket: row.bucket.clone(),
        metrics: row.metrics.clone(),
        computed: row.computed.clone(),
    }
}

/// The state of the connection, in a line.
fn status_line(viewer: &Viewer, now: Timestamp) -> String {
    let counts = viewer.counts();
    let frames = format!("{} frames, {} connections", counts.frames, counts.connects);
    if let Some((reason, retry_at)) = viewer.disconnected() {
        let seconds = retry_at.saturating_duration_since(Instant::now()).as_secs_f64();
        let reason = if reason.is_empty() { "yet" } else { reason };
        let reason = printable(reason);
        return format!("NOT CONNECTED: {reason}; next try in {seconds:.0} s ({frames})");
    }
    if !viewer.session().is_complete() {
        return format!("connecting ({frames})");
    }
    let newest = viewer.view().rows().map(|(row, _)| row.at.as_str()).max();
    match newest.and_then(|time| time.parse::<Timestamp>().ok()) {
        Some(time) => {
            let age = now.duration_since(time).as_secs_f64().max(0.0);
            format!("live: newest event {age:.0} s ago ({frames})")
        }
        None => format!("live ({frames})"),
    }
}

/// A change as a line: the row, and the new values.
fn change_line(change: &Delta) -> String {
    let mut text = format!("{} {} {}", change.at, printable(&change.subject), change.bucket);
    for (name, sum) in &change.set {
        let _ = write!(text, " {}={sum}", printable(name));
    }
    for name in &change.unset {
        let _ = write!(text, " {}=0", printable(name));
    }
    text.push('\n');
    text
}

fn print_changed_rows(viewer: &Viewer, changes: &[Delta]) -> Result<(), CliError> {
    let row_keys: BTreeSet<_> =
        changes.iter().map(|change| (change.subject.as_str(), change.bucket.as_str())).collect();
    print_json(viewer, |row| row_keys.contains(&(row.subject.as_str(), row.bucket.as_str())))
}

/// Prints the rows that match, one to a line.
fn print_json(viewer: &Viewer, matches: impl Fn(&RowState) -> bool) -> Result<(), CliError> {
    let mut text = String::new();
    for (row, stale) in viewer.session().rows(Instant::now()).filter(|(row, _)| matches(row)) {
        text += &json_line(&JsonRow { row, stale })?;
    }
    print(&text)
}
