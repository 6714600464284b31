//! Rows as lines of JSON.

use crate::CliError;
use crate::files::Output;
use headroom_kpi::settings::Formula;
use headroom_kpi::{Computed, Row, RowKey};
use headroom_store::MemoryStore;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A row as it is shown: the sums that are not zero, and what follows from them.
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

impl ShownRow {
    fn of(key: &RowKey, row: &Row, formula: Formula) -> Option<Self> {
        let shown = |(key, sum): &(headroom_kpi::Key, i64)| Some((key.shown()?, *sum));
        let metrics: BTreeMap<_, _> = row.sums.iter().filter_map(shown).collect();
        (!metrics.is_empty()).then(|| Self {
            subject: key.subject.to_string(),
            bucket: key.bucket.to_string(),
            metrics,
            computed: Computed::of(row, formula),
        })
    }
}

/// All rows of a store that show anything, by subject and bucket.
pub fn shown_rows(store: &MemoryStore, formula: Formula) -> Vec<ShownRow> {
    let mut shown = Vec::with_capacity(store.row_count());
    store.each_row(|key, row| shown.extend(ShownRow::of(key, row, formula)));
    shown.sort_by(|a, b| (&a.subject, &a.bucket).cmp(&(&b.subject, &b.bucket)));
    shown
}

/// Writes rows, one to a line.
pub(super) fn write(rows: &[ShownRow], output: &mut Output) -> Result<(), CliError> {
    rows.iter().try_for_each(|row| output.json_line(row))
}
