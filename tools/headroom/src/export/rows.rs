//! Reads files of rows side by side: each is in the order of subject and bucket.

use crate::CliError;
use crate::files::JsonLines;
use crate::replay::ShownRow;
use headroom_kpi::{Amounts, Measure, RowKey, RowKeyError};
use headroom_tables::layout::sum;
use std::path::{Path, PathBuf};

/// What the files say of one row, in the order of the files; `None` where one does not have it.
#[derive(Debug)]
pub(super) struct RowStates {
    pub(super) key: RowKey,
    pub(super) sums: Vec<Option<Amounts>>,
}

/// Files of rows, of which each row is read once, with what all of them say of it.
pub(super) struct SortedRows(Vec<RowFile>);

impl SortedRows {
    pub(super) fn open(paths: &[PathBuf]) -> Result<Self, CliError> {
        paths.iter().map(|path| RowFile::open(path)).collect::<Result<_, _>>().map(Self)
    }

    /// The next row, in the order of subject and bucket.
    pub(super) fn next(&mut self) -> Result<Option<RowStates>, CliError> {
        let heads = self.0.iter().filter_map(|file| Some((names(file.head.as_ref()?), file)));
        let first = heads.min_by_key(|(names, _)| *names);
        let Some(((subject, bucket), file)) = first else { return Ok(None) };
        let no_key =
            |error: RowKeyError| file.lines.error(format_args!("has no row's key: {error}"));
        let key = RowKey {
            subject: subject.parse().map_err(no_key)?,
            bucket: bucket.parse().map_err(no_key)?,
        };
        let name = (subject.to_owned(), bucket.to_owned());
        let sums = self.0.iter_mut().map(|file| file.take(&name)).collect::<Result<_, _>>()?;
        Ok(Some(RowStates { key, sums }))
    }
}

fn names(row: &ShownRow) -> (&str, &str) {
    (&row.subject, &row.bucket)
}

struct RowFile {
    lines: JsonLines,
    /// The row of the last line that was read.
    head: Option<ShownRow>,
}

impl RowFile {
    fn open(path: &Path) -> Result<Self, CliError> {
        let lines = JsonLines::open(path, "no row of `headroom replay`")?;
        let mut file = Self { lines, head: None };
        file.advance()?;
        Ok(file)
    }

    fn advance(&mut self) -> Result<(), CliError> {
        let row = self.lines.read::<ShownRow>()?;
        if row.is_some() && self.head.as_ref().map(names) >= row.as_ref().map(names) {
            let message = "is not in the order of subject and bucket; sort it as text";
            return Err(self.lines.error(message));
        }
        self.head = row;
        Ok(())
    }

    /// The sums of the head if it has this name, which is then read.
    fn take(&mut self, name: &(String, String)) -> Result<Option<Amounts>, CliError> {
        let Some(row) = self.head.as_ref().filter(|row| is_named(row, name)) else {
            return Ok(None);
        };
        if is_without_waits(row) {
            let message =
                "has waits and no histogram of them; replay the events with --stored-sums";
            return Err(self.lines.error(message));
        }
        let amount = |(name, amount): (&String, &i64)| {
            let no_sum = || self.lines.error(format_args!("has no sum {name:?}"));
            Ok((sum(name).ok_or_else(no_sum)?, *amount))
        };
        let sums = row.metrics.iter().map(amount).collect::<Result<Amounts, CliError>>()?;
        self.advance()?;
        Ok(Some(sums))
    }
}

fn is_named(row: &ShownRow, (subject, bucket): &(String, String)) -> bool {
    row.subject == *subject && row.bucket == *bucket
}

/// Whether the row was written without its histogram.
fn is_without_waits(row: &ShownRow) -> bool {
    let is_wait = |name: &String| matches!(sum(name), Some(Measure::Wait(_)));
    row.computed.wait_p50_ms.is_some() && !row.metrics.keys().any(is_wait)
}
