//! What a replay writes, as lines of JSON: rows, and the lines that it refused.

use crate::CliError;
use crate::files::{Finished, Output};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use headroom_engine::on_threads;
use headroom_kpi::settings::Formulas;
use headroom_kpi::{Computed, Measure, Row, RowKey, RowSums};
use headroom_tables::layout::attribute;
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Rows that a thread makes the text of before it is written: some hundred KB.
const ROWS_AT_ONCE: usize = 512;

/// A row as its line of JSON has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShownRow {
    /// `queue#<queueId>#<media>` or `agent#<userId>#<media>`.
    pub subject: String,
    /// `now`, `PT30M#<start>` or `P1D#<date>`.
    pub bucket: String,
    /// Sums that are not zero, by name: those with a public name, or all that are stored.
    pub metrics: BTreeMap<String, i64>,
    /// Rates, averages and percentiles that follow from the sums.
    pub computed: Computed,
}

/// What is written of rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct RowStyle {
    /// The formulas of computed values.
    pub(super) formulas: Formulas,
    /// All sums that are stored, or only those with a public name.
    pub(super) stored_sums: bool,
}

/// Serialises as a [`ShownRow`], without its copies of names.
#[derive(Serialize)]
pub(super) struct RowLine<'a> {
    subject: &'a str,
    bucket: &'a str,
    metrics: Sums<'a>,
    computed: Computed,
}

/// By name, as two texts to concatenate.
struct Sums<'a>(Vec<((Cow<'a, str>, &'a str), i64)>);

impl RowStyle {
    /// The public name of a sum; without one, that of its attribute in the table if such are written.
    fn name(self, measure: &Measure) -> Option<(Cow<'_, str>, &str)> {
        let stored = || self.stored_sums.then(|| (attribute(measure).into(), ""));
        let public = measure.public_name();
        public.map(|(metric, suffix)| (metric.into(), suffix)).or_else(stored)
    }
}

impl<'a> RowLine<'a> {
    /// None if all sums that are written are zero.
    fn new(named: &'a NamedRow<'_>, row: &'a Row, style: RowStyle) -> Option<Self> {
        let shown = row.sums.iter().filter_map(|(key, sum)| Some((style.name(key)?, *sum)));
        let mut sums = Vec::with_capacity(row.sums.len());
        sums.extend(shown);
        if sums.is_empty() {
            return None;
        }
        // The order of metric and suffix is that of whole names: `.` sorts before all letters.
        sums.sort_unstable();
        let computed = Computed::new(&named.key.subject, row, style.formulas);
        let (subject, bucket) = (&named.subject, &named.bucket);
        Some(Self { subject, bucket, metrics: Sums(sums), computed })
    }
}

impl Serialize for Sums<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        let mut name = String::new();
        for ((metric, suffix), sum) in &self.0 {
            name.clear();
            name.push_str(metric);
            name.push_str(suffix);
            map.serialize_entry(&name, sum)?;
        }
        map.end()
    }
}

/// Rows by the texts of subject and bucket.
pub(super) struct NamedRows<'a>(Vec<NamedRow<'a>>);

/// A row, and the texts of its subject and bucket, which many rows share.
struct NamedRow<'a> {
    subject: Arc<str>,
    bucket: Arc<str>,
    key: &'a RowKey,
    sums: &'a RowSums,
}

impl<'a> NamedRows<'a> {
    pub(super) fn new(rows: impl Iterator<Item = (&'a RowKey, &'a RowSums)>) -> Self {
        let (mut subjects, mut buckets) = (HashMap::new(), HashMap::new());
        let named = rows.map(|(key, sums)| {
            let subject = subjects.entry(&key.subject);
            let bucket = buckets.entry(key.bucket);
            let subject: &Arc<str> = subject.or_insert_with(|| key.subject.to_string().into());
            let bucket: &Arc<str> = bucket.or_insert_with(|| key.bucket.to_string().into());
            NamedRow { subject: subject.clone(), bucket: bucket.clone(), key, sums }
        });
        let mut rows: Vec<_> = named.collect();
        rows.sort_unstable_by(|a, b| (&a.subject, &a.bucket).cmp(&(&b.subject, &b.bucket)));
        Self(rows)
    }

    /// Those that have a sum with a public name.
    pub(super) fn shown(&self, formulas: Formulas) -> Vec<ShownRow> {
        let style = RowStyle { formulas, stored_sums: false };
        let shown = |named: &NamedRow<'_>| {
            RowLine::new(named, &Row::from(named.sums), style).map(ShownRow::from)
        };
        self.0.iter().filter_map(shown).collect()
    }

    /// Writes those that have a sum of the style, a line each. The threads make the texts of some
    /// rows at a time.
    pub(super) fn write(
        &self,
        output: &mut Output,
        style: RowStyle,
        threads: usize,
    ) -> Result<(), CliError> {
        for rows in self.0.chunks(ROWS_AT_ONCE * threads.max(1)) {
            for text in on_threads(rows.chunks(ROWS_AT_ONCE), |rows| lines(rows, style)) {
                output.lines(text)?;
            }
        }
        Ok(())
    }
}

/// The lines of some rows.
fn lines(rows: &[NamedRow<'_>], style: RowStyle) -> serde_json::Result<Vec<u8>> {
    let mut text = Vec::new();
    for named in rows {
        if let Some(line) = RowLine::new(named, &Row::from(named.sums), style) {
            serde_json::to_writer(&mut text, &line)?;
            text.push(b'\n');
        }
    }
    Ok(text)
}

impl From<RowLine<'_>> for ShownRow {
    fn from(row: RowLine<'_>) -> Self {
        let name = |((metric, suffix), sum): &((Cow<'_, str>, &str), i64)| {
            (format!("{metric}{suffix}"), *sum)
        };
        Self {
            subject: row.subject.to_owned(),
            bucket: row.bucket.to_owned(),
            metrics: row.metrics.0.iter().map(name).collect(),
            computed: row.computed,
        }
    }
}

/// A line of the rejects file.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Reject<'a> {
    line: u64,
    code: &'static str,
    message: &'a str,
    event: Cow<'a, str>,
    /// The exact bytes of a line that is not valid UTF-8, which `event` cannot have.
    #[serde(skip_serializing_if = "Option::is_none")]
    event_base64: Option<String>,
    /// The path of the input, if there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
}

/// The file that keeps refused lines, or none.
pub struct Rejects(Option<Output>);

impl Rejects {
    /// Writes to `output`; without one, drops refused lines.
    pub fn new(output: Option<Output>) -> Self {
        Self(output)
    }

    /// Whether refused lines are written.
    pub(super) fn are_kept(&self) -> bool {
        self.0.is_some()
    }

    /// Writes a refused line with its number, and the code and message of the reason. `file` is the
    /// path of the input if there are several.
    pub fn keep(
        &mut self,
        file: Option<&str>,
        (line, bytes): (u64, &[u8]),
        (code, message): (&'static str, &str),
    ) -> Result<(), CliError> {
        let Some(output) = &mut self.0 else { return Ok(()) };
        let event = String::from_utf8_lossy(bytes);
        let is_utf8 = matches!(event, Cow::Borrowed(_));
        output.json_line(&Reject {
            line,
            code,
            message,
            event,
            event_base64: (!is_utf8).then(|| STANDARD.encode(bytes)),
            file,
        })
    }

    /// Completes the file. The caller publishes it.
    pub fn finish(self) -> Result<Option<Finished>, CliError> {
        self.0.map(Output::finish).transpose()
    }
}
