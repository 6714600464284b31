//! What is seen of a viewer.

use super::{Canvas, Change, Happened, Heard, Viewer, write};
use crate::CliError;
use crate::budget::Figures;
use crate::queues::{Column, lines, table, title};
use crate::replay::ShownRow;
use crate::terminal::tell;
use headroom_protocol::RowState;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

/// A table is drawn at most so often: more cannot be read.
const DRAW_EVERY: Duration = Duration::from_millis(250);
/// And at least so often, since ages are in it.
const DRAW_AT_LEAST: Duration = Duration::from_secs(1);

/// How a viewer is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A table, in place.
    Live,
    /// A table, once.
    Table,
    /// A line for each change.
    Lines,
    /// A row of JSON for each change.
    Json,
}

pub(super) struct Screen {
    kind: Kind,
    sort: Column,
    canvas: Canvas,
    drawn_at: Option<Instant>,
    changed: bool,
    /// Subjects that the token does not allow.
    refused: String,
}

/// A row of JSON: as the protocol has it, and whether it may be behind.
#[derive(Serialize)]
struct JsonRow<'a> {
    #[serde(flatten)]
    row: &'a RowState,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    stale: bool,
}

impl Screen {
    pub(super) fn new(kind: Kind, sort: Column) -> Self {
        let canvas = Canvas::default();
        Self { kind, sort, canvas, drawn_at: None, changed: true, refused: String::new() }
    }

    /// Shows what has happened.
    pub(super) fn show(
        &mut self,
        viewer: &Viewer,
        happened: Option<&Happened>,
    ) -> Result<(), CliError> {
        if self.kind == Kind::Live {
            self.changed |= happened.is_some();
            if let Some(Happened::Heard(Heard::Subscribed(refused))) = happened {
                let subjects: Vec<_> = refused.iter().map(|it| printable(&it.subject)).collect();
                self.refused = subjects.join(", ");
            }
            return self.draw(viewer);
        }
        match happened {
            Some(Happened::Connected) => tell("connected"),
            Some(Happened::Lost(why)) => tell(format_args!("not connected: {}", printable(why))),
            Some(Happened::Heard(Heard::Subscribed(refused))) => {
                for refused in refused {
                    tell(format_args!("not allowed: {}", printable(&refused.subject)));
                }
            }
            Some(Happened::Heard(Heard::Rows(changes) | Heard::Complete(changes))) => {
                return self.changes(viewer, changes);
            }
            _ => {}
        }
        Ok(())
    }

    /// Shows all that there is.
    pub(super) fn whole(&mut self, viewer: &Viewer) -> Result<(), CliError> {
        if self.kind != Kind::Json {
            return write(&format!("{}\n", self.picture(viewer, Instant::now())));
        }
        let mut text = String::new();
        for (row, stale) in viewer.session().rows(Instant::now()) {
            json_line(&mut text, row, stale)?;
        }
        write(&text)
    }

    /// Leaves the table as it was last.
    pub(super) fn end(&mut self, viewer: &Viewer) -> Result<(), CliError> {
        (self.changed, self.drawn_at) = (true, None);
        if self.kind == Kind::Live { self.draw(viewer) } else { Ok(()) }
    }

    fn changes(&self, viewer: &Viewer, changes: &[Change]) -> Result<(), CliError> {
        let mut text = String::new();
        if self.kind == Kind::Lines {
            for change in changes {
                line(&mut text, change);
            }
            return write(&text);
        }
        let touched: BTreeSet<_> = changes
            .iter()
            .map(|change| (change.subject.as_str(), change.bucket.as_str()))
            .collect();
        for (row, stale) in viewer.session().rows(Instant::now()) {
            if touched.contains(&(row.subject.as_str(), row.bucket.as_str())) {
                json_line(&mut text, row, stale)?;
            }
        }
        write(&text)
    }

    /// Draws the table over the one before.
    fn draw(&mut self, viewer: &Viewer) -> Result<(), CliError> {
        let now = Instant::now();
        let age = self.drawn_at.map_or(Duration::MAX, |drawn| now.duration_since(drawn));
        if age < DRAW_EVERY || (!self.changed && age < DRAW_AT_LEAST) {
            return Ok(());
        }
        let (picture, status) = (self.picture(viewer, now), status(viewer, Timestamp::now()));
        let mut text = format!("{picture}\n{status}");
        if !self.refused.is_empty() {
            let _ = write!(text, "\nnot allowed: {}", self.refused);
        }
        (self.drawn_at, self.changed) = (Some(now), false);
        self.canvas.draw(&text)
    }

    /// The table, and the API budget where there is one.
    fn picture(&self, viewer: &Viewer, now: Instant) -> String {
        let table = self.table(viewer, now);
        match Figures::of(viewer.session().rows(now)) {
            Some(figures) => format!("{table}\n{}", figures.line(Timestamp::now())),
            None => table,
        }
    }

    fn table(&self, viewer: &Viewer, now: Instant) -> String {
        let mut stale = BTreeSet::new();
        let mut rows = Vec::new();
        let of_people = |(row, _): &(&RowState, bool)| !row.subject.starts_with("api#");
        for (row, is_stale) in viewer.session().rows(now).filter(of_people) {
            if is_stale {
                stale.insert((row.subject.clone(), row.bucket.clone()));
            }
            rows.push(shown(row));
        }
        let Some(bucket) = latest(&rows) else { return "No rows of queues yet.".to_owned() };
        let mut lines = lines(&rows, &bucket);
        for line in &mut lines {
            let marked =
                |row: &ShownRow| stale.contains(&(row.subject.clone(), row.bucket.clone()));
            let any = line.rows().any(marked);
            line.stale = any;
        }
        lines.sort_by(|a, b| a.compare(b, self.sort));
        table(&title(&bucket), &lines)
    }
}

/// The latest day, or what there is instead of days.
fn latest(rows: &[ShownRow]) -> Option<String> {
    let of = |prefix: &'static str| {
        rows.iter().map(|row| &row.bucket).filter(move |bucket| bucket.starts_with(prefix)).max()
    };
    of("P1D#").or_else(|| of("PT")).or_else(|| of("now")).cloned()
}

fn shown(row: &RowState) -> ShownRow {
    ShownRow {
        subject: printable(&row.subject),
        bucket: row.bucket.clone(),
        metrics: row.metrics.clone(),
        computed: row.computed.clone(),
    }
}

/// How the viewer is, in a line.
fn status(viewer: &Viewer, now: Timestamp) -> String {
    let counts = viewer.counts();
    let frames = format!("{} frames, {} connections", counts.frames, counts.connects);
    if let Some((why, again)) = viewer.is_down() {
        let seconds = again.saturating_duration_since(Instant::now()).as_secs_f64();
        let why = if why.is_empty() { "yet" } else { why };
        return format!("NOT CONNECTED: {}; next try in {seconds:.0} s ({frames})", printable(why));
    }
    if !viewer.session().is_complete() {
        return format!("connecting ({frames})");
    }
    let newest = viewer.view().rows().map(|(row, _)| row.at.as_str()).max();
    let age = newest.and_then(|at| at.parse::<Timestamp>().ok()).map(|at| now.duration_since(at));
    match age {
        Some(age) => {
            format!("live: newest event {:.0} s ago ({frames})", age.as_secs_f64().max(0.0))
        }
        None => format!("live ({frames})"),
    }
}

/// A change as a line: what changed, and to what.
fn line(text: &mut String, change: &Change) {
    let _ = write!(text, "{} {} {}", change.at, printable(&change.subject), change.bucket);
    for (name, sum) in &change.set {
        let _ = write!(text, " {}={sum}", printable(name));
    }
    for name in &change.unset {
        let _ = write!(text, " {}=0", printable(name));
    }
    text.push('\n');
}

fn json_line(text: &mut String, row: &RowState, stale: bool) -> Result<(), CliError> {
    let json = serde_json::to_string(&JsonRow { row, stale });
    let json = json.map_err(|error| CliError::write(Path::new("a row"))(error.into()))?;
    text.push_str(&json);
    text.push('\n');
    Ok(())
}

/// Text from outside must not drive the terminal.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}
