//! `headroom report`: the rows of a replay as a table that a supervisor would read.

use crate::files::Input;
use crate::queues::{Column, lines, table, title};
use crate::replay::ShownRow;
use crate::{CliError, Outcome};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Shows the queues of a replay's rows as a table
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  headroom report rows.ndjson                                     the latest day
  headroom report rows.ndjson --day 2026-05-12 --sort sl          worst service level first
  headroom report rows.ndjson --interval 2026-05-12T14:00:00Z
  headroom replay events.ndjson | headroom report -
Columns: SL service level, ASA average speed of answer, AHT average handle time; waiting and
longest wait are of now, whatever the day.")]
pub struct Args {
    /// Rows from `headroom replay`, plain or gzip; `-` for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The day to show, as 2026-05-12; by default the latest in the file
    #[arg(long, value_name = "DATE", conflicts_with = "interval")]
    day: Option<jiff::civil::Date>,
    /// The interval to show, by its start in UTC, as 2026-05-12T14:00:00Z
    #[arg(long, value_name = "START")]
    interval: Option<jiff::Timestamp>,
    /// What to sort by
    #[arg(long, value_enum, default_value_t = Column::Offered)]
    sort: Column,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Outcome, CliError> {
    let rows = read(&args.file)?;
    let bucket = bucket(args, &rows)?;
    let mut lines = lines(&rows, &bucket);
    lines.sort_by(|a, b| a.compare(b, args.sort));
    let mut stdout = std::io::stdout().lock();
    let written = writeln!(stdout, "{}", table(&title(&bucket), &lines));
    written.map_err(CliError::write(Path::new("the standard output")))?;
    Ok(Outcome::Success)
}

fn read(path: &Path) -> Result<Vec<ShownRow>, CliError> {
    let input = BufReader::new(Input::open(path, &Arc::default())?);
    let mut rows = Vec::new();
    for (number, line) in (1..).zip(input.lines()) {
        let line = line.map_err(CliError::read(path))?;
        let row = serde_json::from_str(&line).map_err(|error| CliError::Content {
            path: path.to_owned(),
            message: format!("line {number} is no row of `headroom replay`: {error}"),
        })?;
        rows.push(row);
    }
    Ok(rows)
}

/// The bucket that is asked for, or the latest day.
fn bucket(args: &Args, rows: &[ShownRow]) -> Result<String, CliError> {
    let starts = |prefix: &'static str, rest: String| {
        move |row: &&ShownRow| row.bucket.starts_with(prefix) && row.bucket.ends_with(&rest)
    };
    let found = match (args.day, args.interval) {
        (Some(day), _) => rows.iter().find(starts("P1D#", format!("#{day}"))),
        (_, Some(start)) => rows.iter().find(starts("PT", format!("#{start}"))),
        _ => rows.iter().filter(starts("P1D#", String::new())).max_by_key(|row| &row.bucket),
    };
    let missing = || CliError::Content { path: args.file.clone(), message: nothing(args, rows) };
    found.map(|row| row.bucket.clone()).ok_or_else(missing)
}

fn nothing(args: &Args, rows: &[ShownRow]) -> String {
    let prefix = if args.interval.is_some() { "PT" } else { "P1D#" };
    let of_kind = rows.iter().filter(|row| row.bucket.starts_with(prefix));
    let mut buckets: Vec<_> = of_kind.filter_map(|row| row.bucket.split('#').nth(1)).collect();
    buckets.sort_unstable();
    match (buckets.first(), buckets.last()) {
        (Some(first), Some(last)) => {
            format!("no rows of then; there are some from {first} to {last}")
        }
        _ => "no rows of days or intervals".to_owned(),
    }
}
