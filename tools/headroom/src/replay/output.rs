//! What a replay writes, as lines of JSON: rows, and the lines that it refused.

use crate::CliError;
use crate::files::{Finished, Output};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use headroom_kpi::settings::Formula;
use headroom_kpi::{Computed, Row, RowKey, RowSums};
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A row as its line of JSON has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShownRow {
    /// `queue#<queueId>#<media>` or `agent#<userId>#<media>`.
    pub subject: String,
    /// `now`, `PT30M#<start>` or `P1D#<date>`.
    pub bucket: String,
    /// Sums that are not zero, by name.
    pub metrics: BTreeMap<String, i64>,
    /// Rates, averages and percentiles that follow from the sums.
    pub computed: Computed,
}

/// Serialises as a [`ShownRow`], without its copies of names.
#[derive(Serialize)]
pub(super) struct RowLine<'a> {
    subject: &'a str,
    bucket: &'a str,
    metrics: Sums<'a>,
    computed: Computed,
}

struct Sums<'a>(Vec<((&'a str, &'a str), i64)>);

impl<'a> RowLine<'a> {
    /// None if all sums with a public name are zero.
    fn new([subject, bucket]: [&'a str; 2], row: &'a Row, formula: Formula) -> Option<Self> {
        let named = row.sums.iter().filter_map(|(key, sum)| Some((key.public_name()?, *sum)));
        let mut sums: Vec<_> = named.collect();
        if sums.is_empty() {
            return None;
        }
        // The order of metric and suffix is that of whole names: `.` sorts before all letters.
        sums.sort_unstable();
        Some(Self { subject, bucket, metrics: Sums(sums), computed: Computed::new(row, formula) })
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

/// Calls `show` for each row that has a sum with a public name, by subject and bucket.
pub(super) fn each_row<'a>(
    rows: impl Iterator<Item = (&'a RowKey, &'a RowSums)>,
    formula: Formula,
    mut show: impl FnMut(RowLine<'_>) -> Result<(), CliError>,
) -> Result<(), CliError> {
    let rows: Vec<_> = rows.collect();
    // A name is that of many rows.
    let (mut subjects, mut buckets) = (BTreeMap::new(), BTreeMap::new());
    for (key, _) in &rows {
        subjects.entry(&key.subject).or_insert_with(|| key.subject.to_string());
        buckets.entry(key.bucket).or_insert_with(|| key.bucket.to_string());
    }
    let name = |key: &RowKey| [subjects[&key.subject].as_str(), buckets[&key.bucket].as_str()];
    let mut named: Vec<_> = rows.into_iter().map(|(key, sums)| (name(key), sums)).collect();
    named.sort_unstable_by_key(|(name, _)| *name);
    for (name, sums) in named {
        let row = Row::from(sums);
        RowLine::new(name, &row, formula).map_or(Ok(()), &mut show)?;
    }
    Ok(())
}

impl From<RowLine<'_>> for ShownRow {
    fn from(row: RowLine<'_>) -> Self {
        let name =
            |((metric, suffix), sum): &((&str, &str), i64)| (format!("{metric}{suffix}"), *sum);
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
