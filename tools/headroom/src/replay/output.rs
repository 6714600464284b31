//! Rows as lines of JSON.

use crate::CliError;
use crate::files::Output;
use headroom_engine::MemoryStore;
use headroom_kpi::settings::Formula;
use headroom_kpi::{Computed, Row, RowKey};
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeMap;

/// A row as it is read back: the sums that are not zero, and what follows from them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShownRow {
    /// `queue#<queueId>#<media>` or `agent#<userId>#<media>`.
    pub subject: String,
    /// `now`, `PT30M#<start>` or `P1D#<date>`.
    pub bucket: String,
    /// Sums by name.
    pub metrics: BTreeMap<String, i64>,
    /// Rates, averages and percentiles.
    pub computed: Computed,
}

/// The same as it is written. It serialises as a [`ShownRow`], straight from the row.
#[derive(Serialize)]
pub(super) struct WrittenRow<'a> {
    subject: String,
    bucket: String,
    metrics: Sums<'a>,
    computed: Computed,
}

struct Sums<'a>(Vec<((&'a str, &'static str), i64)>);

impl<'a> WrittenRow<'a> {
    /// None if the row shows nothing.
    fn of(key: &RowKey, row: &'a Row, formula: Formula) -> Option<Self> {
        let sums = row.sums.iter().filter_map(|(key, sum)| Some((key.public_name()?, *sum)));
        let mut sums: Vec<_> = sums.collect();
        // By their whole names: a name's characters all sort behind the dot of a suffix.
        sums.sort_unstable();
        (!sums.is_empty()).then(|| Self {
            subject: key.subject.to_string(),
            bucket: key.bucket.to_string(),
            metrics: Sums(sums),
            computed: Computed::of(row, formula),
        })
    }

    fn place(&self) -> (&str, &str) {
        (&self.subject, &self.bucket)
    }
}

impl Serialize for Sums<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for ((metric, suffix), sum) in &self.0 {
            match *suffix {
                "" => map.serialize_entry(metric, sum)?,
                suffix => map.serialize_entry(&format_args!("{metric}{suffix}"), sum)?,
            }
        }
        map.end()
    }
}

/// Gives out every row that shows anything, by subject and bucket.
pub(super) fn each_row<E>(
    store: &MemoryStore,
    formula: Formula,
    show: impl FnMut(WrittenRow<'_>) -> Result<(), E>,
) -> Result<(), E> {
    store.with_rows(|rows| {
        let rows = rows.filter_map(|(key, row)| WrittenRow::of(key, row, formula));
        let mut rows: Vec<_> = rows.collect();
        rows.sort_unstable_by(|a, b| a.place().cmp(&b.place()));
        rows.into_iter().try_for_each(show)
    })
}

/// Writes rows, one to a line.
pub(super) fn write(
    store: &MemoryStore,
    formula: Formula,
    output: &mut Output,
) -> Result<(), CliError> {
    each_row(store, formula, |row| output.json_line(&row))
}

impl From<WrittenRow<'_>> for ShownRow {
    fn from(row: WrittenRow<'_>) -> Self {
        let name =
            |((metric, suffix), sum): &((&str, &str), i64)| (format!("{metric}{suffix}"), *sum);
        Self {
            subject: row.subject,
            bucket: row.bucket,
            metrics: row.metrics.0.iter().map(name).collect(),
            computed: row.computed,
        }
    }
}
