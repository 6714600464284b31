//! Reads files of rows side by side: each is in the order of subject and bucket.

use crate::CliError;
use crate::files::Input;
use crate::replay::ShownRow;
use headroom_kpi::{Amounts, Measure, RowKey};
use headroom_tables::layout::sum;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

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
        let heads = self.0.iter().filter_map(|file| file.head.as_ref());
        let Some(first) = heads.map(names).min() else { return Ok(None) };
        let first = (first.0.to_owned(), first.1.to_owned());
        let key = self.0.iter().find_map(|file| file.key_of_head(&first)).transpose()?;
        let Some(key) = key else { return Ok(None) };
        let mut sums = Vec::with_capacity(self.0.len());
        for file in &mut self.0 {
            sums.push(file.take(&first)?);
        }
        Ok(Some(RowStates { key, sums }))
    }
}

fn names(row: &ShownRow) -> (&str, &str) {
    (&row.subject, &row.bucket)
}

struct RowFile {
    path: PathBuf,
    lines: std::io::Lines<BufReader<Input>>,
    /// The number of the line that is the head.
    line: u64,
    head: Option<ShownRow>,
}

impl RowFile {
    fn open(path: &Path) -> Result<Self, CliError> {
        let lines = BufReader::new(Input::open(path, &Arc::default())?).lines();
        let mut file = Self { path: path.to_owned(), lines, line: 0, head: None };
        file.advance()?;
        Ok(file)
    }

    fn advance(&mut self) -> Result<(), CliError> {
        let Some(line) = self.lines.next() else {
            self.head = None;
            return Ok(());
        };
        let line = line.map_err(CliError::read(&self.path))?;
        self.line += 1;
        let row: ShownRow = serde_json::from_str(&line)
            .map_err(|error| self.error(&format!("is no row of `headroom replay`: {error}")))?;
        if self.head.as_ref().is_some_and(|head| names(head) >= names(&row)) {
            return Err(self.error("is not in the order of subject and bucket; sort it as text"));
        }
        self.head = Some(row);
        Ok(())
    }

    fn key_of_head(&self, name: &(String, String)) -> Option<Result<RowKey, CliError>> {
        let row = self.head.as_ref().filter(|row| is_named(row, name))?;
        let parse = || Ok(RowKey { subject: row.subject.parse()?, bucket: row.bucket.parse()? });
        let key: Result<RowKey, headroom_kpi::RowKeyError> = parse();
        Some(key.map_err(|error| self.error(&format!("has no row's key: {error}"))))
    }

    /// The sums of the head if it has this name, which is then read.
    fn take(&mut self, name: &(String, String)) -> Result<Option<Amounts>, CliError> {
        let Some(row) = self.head.as_ref().filter(|row| is_named(row, name)) else {
            return Ok(None);
        };
        if is_without_waits(row) {
            return Err(self.error(
                "has waits and no histogram of them; replay the events with --stored-sums",
            ));
        }
        let amount = |(name, amount): (&String, &i64)| {
            let measure = sum(name).ok_or_else(|| self.error(&format!("has no sum {name:?}")));
            Ok((measure?, *amount))
        };
        let sums: Result<Amounts, CliError> = row.metrics.iter().map(amount).collect();
        let sums = sums?;
        self.advance()?;
        Ok(Some(sums))
    }

    fn error(&self, message: &str) -> CliError {
        CliError::Content {
            path: self.path.clone(),
            message: format!("line {} {message}", self.line),
        }
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
