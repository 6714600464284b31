//! `headroom report`: shows the rows of `headroom replay` as a table of queues.

use crate::agents::{agent_table, staffing_table};
use crate::files::JsonLines;
use crate::names::QueueNames;
use crate::queues::{Column, queue_lines, queue_table, title};
use crate::replay::ShownRow;
use crate::terminal::print;
use crate::{CliError, Outcome};
use std::path::{Path, PathBuf};

/// Shows the queues of a replay's rows as a table
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  headroom report rows.ndjson                                     the latest day
  headroom report rows.ndjson --day 2026-05-12 --sort sl          worst service level first
  headroom report rows.ndjson --interval 2026-05-12T14:00:00Z
  headroom report rows.ndjson --agents --as-of 2026-05-12T14:00:00Z
  headroom report rows.ndjson --names queues.json                 with the queues' names
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
    /// Names of queues (JSON): `{"queueId": "name"}`, or what GET /api/v2/routing/queues returns
    #[arg(long, value_name = "FILE")]
    names: Option<PathBuf>,
    /// Show the staffing of queues and the agents instead of the queues
    #[arg(long)]
    agents: bool,
    /// With --agents: add the time of open stretches up to then, as 2026-05-12T14:00:00Z
    #[arg(long, value_name = "TIME", requires = "agents")]
    as_of: Option<jiff::Timestamp>,
    /// With --as-of: the settings of the replay (JSON), for the time zone and the interval
    #[arg(long, value_name = "FILE", requires = "as_of")]
    settings: Option<PathBuf>,
    /// What to sort by
    #[arg(long, value_enum, default_value_t = Column::Offered)]
    sort: Column,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Outcome, CliError> {
    let rows = read(&args.file)?;
    let bucket = bucket(args, &rows)?;
    let names = args.names.as_deref().map_or(Ok(QueueNames::default()), QueueNames::read)?;
    if args.agents {
        return report_agents(args, &bucket, &names, &rows);
    }
    let mut lines = queue_lines(&rows, &bucket, &names);
    lines.sort_by(|a, b| a.compare(b, args.sort));
    let table = queue_table(&title(&bucket), &lines, jiff::Timestamp::now());
    print(&format!("{table}\n"))?;
    Ok(Outcome::Success)
}

fn report_agents(
    args: &Args,
    bucket: &str,
    names: &QueueNames,
    rows: &[(ShownRow, bool)],
) -> Result<Outcome, CliError> {
    let settings = crate::replay::settings(args.settings.as_deref())?;
    let open = args.as_of.map(|at| (&settings, at));
    let now = args.as_of.unwrap_or_else(jiff::Timestamp::now);
    let staffing = staffing_table(rows, names, now);
    print(&format!("{staffing}\n{}\n", agent_table(rows, bucket, open, now)))?;
    Ok(Outcome::Success)
}

/// The rows of a file, none of which is stale.
fn read(path: &Path) -> Result<Vec<(ShownRow, bool)>, CliError> {
    let mut lines = JsonLines::open(path, "no row of `headroom replay`")?;
    std::iter::from_fn(|| lines.read().transpose()).map(|row| Ok((row?, false))).collect()
}

/// The bucket of `--day` or `--interval`, or the latest day in the file.
fn bucket(args: &Args, rows: &[(ShownRow, bool)]) -> Result<String, CliError> {
    let mut buckets = rows.iter().map(|(row, _)| &row.bucket);
    let days = |bucket: &&String| bucket.starts_with("P1D#");
    let bucket = match (args.day, args.interval) {
        (Some(day), _) => buckets.find(|bucket| **bucket == format!("P1D#{day}")),
        (_, Some(start)) => {
            let suffix = format!("#{start}");
            buckets.find(|bucket| bucket.starts_with("PT") && bucket.ends_with(&suffix))
        }
        _ => buckets.filter(days).max(),
    };
    bucket.cloned().ok_or_else(|| CliError::content(&args.file, no_rows_message(args, rows)))
}

fn no_rows_message(args: &Args, rows: &[(ShownRow, bool)]) -> String {
    let prefix = if args.interval.is_some() { "PT" } else { "P1D#" };
    let buckets = rows.iter().map(|(row, _)| &row.bucket);
    let buckets = buckets.filter(|bucket| bucket.starts_with(prefix));
    let mut starts: Vec<_> = buckets.filter_map(|bucket| bucket.split('#').nth(1)).collect();
    starts.sort_unstable();
    match (starts.first(), starts.last()) {
        (Some(first), Some(last)) => {
            format!("no rows of then; there are some from {first} to {last}")
        }
        _ => "no rows of days or intervals".to_owned(),
    }
}
