//! `headroom compare`: sets the rows of a replay beside Genesys' own aggregates.

mod comparison;
mod metrics;
mod response;
mod results;
mod text;

pub use comparison::{Comparison, Difference, NotCompared};
pub use results::Results;

use crate::files::inputs;
use crate::names::QueueNames;
use crate::replay::{BATCH_DEFAULT, Rejects, Replay, default_threads, replay_files, settings};
use crate::terminal::{json_line, print};
use crate::{CliError, Outcome};
use headroom_kpi::{Calendar, Millis};
use results::ends;
use std::path::PathBuf;

/// Compares the rows of a replay with Genesys' own aggregates of the same time
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  headroom compare day.ndjson --answer queues.json       a day of events beside Genesys' numbers
  headroom compare day.ndjson --answer queues.json --answer agents.json --names names.json
  headroom compare day.ndjson --answer some.json --filtered
                                                         the query named some queues only
An answer is the response of POST /api/v2/analytics/conversations/aggregates/query, as Genesys
sent it, grouped by queueId and mediaType or by userId and mediaType. docs/compare.md has the
queries to send.
Exit codes:
  0  all values that both sides have are equal
  1  there are differences
  2  the command line is wrong
  3  something could not be read, or there is nothing to compare
  130  interrupted")]
pub struct Args {
    /// Files of EventBridge events, one JSON envelope a line, plain or gzip; `-` for standard input
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Genesys' response to an aggregates query; may be given several times
    #[arg(long, value_name = "FILE", required = true)]
    answer: Vec<PathBuf>,
    /// Settings: time zone, interval, service levels (JSON; see the README)
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// The interval of the query, as START/END; by default from the first result to the last one
    #[arg(long, value_name = "INTERVAL", value_parser = interval)]
    interval: Option<(Millis, Millis)>,
    /// The query had a filter: leave out queues and agents that no answer names
    #[arg(long)]
    filtered: bool,
    /// Names of queues (JSON): `{"queueId": "name"}`, or what GET /api/v2/routing/queues returns
    #[arg(long, value_name = "FILE")]
    names: Option<PathBuf>,
    /// One line of JSON instead of text
    #[arg(long)]
    json: bool,
    /// No progress
    #[arg(long, short)]
    quiet: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Outcome, CliError> {
    let files = inputs("compare --answer ANSWER.json", &args.files)?;
    let settings = settings(args.settings.as_deref())?;
    let names = args.names.as_deref().map_or(Ok(QueueNames::default()), QueueNames::read)?;
    let mut results = args.results(&settings.calendar)?;
    if let Some((start, end)) = args.interval {
        results.cover(start, end, &settings.calendar);
    }
    let mut replay = Replay::new(settings, Rejects::new(None), BATCH_DEFAULT, default_threads());
    replay_files(&files, &mut replay, args.quiet)?;
    let comparison = Comparison::new(&replay.rows()?, &results, args.filtered)?;
    print(&if args.json { json_line(&comparison)? } else { comparison.text(&names) })?;
    let (replayed, _) = replay.finish()?;
    if !args.quiet {
        replayed.note_refused("that may be why something differs");
    }
    let is_equal = comparison.differences.is_empty();
    Ok(if is_equal { Outcome::Success } else { Outcome::PartialFailure })
}

impl Args {
    fn results(&self, calendar: &Calendar) -> Result<Results, CliError> {
        let mut results = Results::default();
        for path in &self.answer {
            let text = std::fs::read(path).map_err(CliError::read(path))?;
            let result = results.add(&text, calendar);
            result.map_err(|message| CliError::content(path, message))?;
        }
        Ok(results)
    }
}

/// `START/END`, as in a query.
fn interval(text: &str) -> Result<(Millis, Millis), String> {
    let ends = ends(text).filter(|(start, end)| start < end);
    ends.ok_or_else(|| "use START/END, as 2026-05-12T00:00:00Z/2026-05-13T00:00:00Z".to_owned())
}
