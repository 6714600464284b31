//! `headroom replay`: folds events from files into rows, in memory.

mod engine;
mod facts;
mod lines;
mod output;
mod parsing;
mod progress;
mod summary;

pub use engine::Replay;
pub use facts::read_facts;
pub use output::{Rejects, ShownRow};
pub use progress::Progress;
pub use summary::Summary;

use crate::files::{Finished, Output, STANDARD, check_outputs, inputs};
use crate::terminal::print_message;
use crate::{CliError, Outcome};
use clap::builder::RangedU64ValueParser;
use headroom_genesys::Parser;
use headroom_kpi::Settings;
use headroom_kpi::settings::SettingsDocument;
use std::path::{Path, PathBuf};
use std::thread::available_parallelism;

/// Default number of events in a batch. Large enough that most conversations are written once or
/// twice, small enough that a batch takes about 30 MB.
pub const BATCH_DEFAULT: usize = 20_000;

/// Folds EventBridge events into KPI rows, in memory and exactly
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  headroom replay events.ndjson                     rows to the standard output
  headroom replay --out rows.ndjson day1.gz day2.gz events of several files, as one
  zcat events.ndjson.gz | headroom replay -         events from the standard input
  headroom replay --rejects bad.ndjson --strict e.ndjson
                                                    keep what cannot be used, and fail if there is any
Exit codes:
  0  done (refused lines are no failure)
  1  done, and --strict was given and lines were refused
  2  the command line is wrong
  3  something could not be read or written; output files are unchanged
  130  interrupted; output files are unchanged")]
pub struct Args {
    /// Files of EventBridge events, one JSON envelope a line, plain or gzip; `-` for standard input
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Settings: time zone, interval, service levels (JSON; see the README)
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// Where rows go, instead of standard output; `.gz` compresses
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Where refused lines go, each whole and with its reason
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Where entities go, each with what it contributes: for `headroom export --entities`; `.gz`
    /// compresses
    #[arg(long, value_name = "FILE")]
    entities: Option<PathBuf>,
    /// Write all sums that are stored, the histograms of waits among them: for `headroom export`
    #[arg(long)]
    stored_sums: bool,
    /// Events folded together: changes speed, never rows
    #[arg(long, value_name = "N", default_value_t = BATCH_DEFAULT, value_parser = RangedU64ValueParser::<usize>::new().range(1..=BATCH_MAX))]
    batch: usize,
    /// Threads to replay on, 1 or 2: changes speed, never rows [default: 2 if there are two cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=2))]
    threads: Option<u8>,
    /// Exit with 1 if any line was refused
    #[arg(long)]
    strict: bool,
    /// No summary and no progress
    #[arg(long, short)]
    quiet: bool,
}

/// Highest number of events in a batch: a larger batch takes memory and is no faster.
const BATCH_MAX: u64 = 1_000_000;

/// Runs the command.
pub fn run(args: &Args) -> Result<Outcome, CliError> {
    let files = inputs("replay", &args.files)?;
    args.check_outputs(&files)?;
    let settings = settings(args.settings.as_deref())?;
    let mut rows = Output::create(args.out.as_deref())?;
    let rejects = args.rejects.as_deref().map(Output::create_private).transpose()?;
    let entities = args.entities.as_deref().map(Output::create_private).transpose()?;
    let mut replay = Replay::new(settings, Rejects::new(rejects), args.batch, args.threads());
    replay_files(&files, &mut replay, args.quiet)?;
    let rows_result = replay.write_rows(&mut rows, args.stored_sums).and_then(|()| rows.finish());
    let entities = entities.map(|output| finish_entities(&replay, output)).transpose()?;
    let (summary, rejects) = replay.finish()?;
    match rows_result {
        Ok(rows) => rows.publish()?,
        // The reader of the rows closed the pipe. The refused lines are still written.
        Err(error) if error.is_broken_pipe() => {}
        Err(error) => return Err(error),
    }
    rejects.map_or(Ok(()), Finished::publish)?;
    entities.map_or(Ok(()), Finished::publish)?;
    let refused = summary.refused_lines() > 0;
    if !args.quiet {
        print_message(&summary);
        if refused && args.rejects.is_none() {
            print_message("Keep the refused lines and their reasons with --rejects FILE.");
        }
    }
    Ok(if args.strict && refused { Outcome::PartialFailure } else { Outcome::Success })
}

fn finish_entities(replay: &Replay, mut output: Output) -> Result<Finished, CliError> {
    replay.write_entities(&mut output)?;
    output.finish()
}

impl Args {
    fn threads(&self) -> usize {
        self.threads.map_or_else(default_threads, usize::from)
    }

    fn check_outputs(&self, files: &[PathBuf]) -> Result<(), CliError> {
        let settings = self.settings.as_deref().map(|path| ("--settings", path));
        let events = files.iter().map(|path| ("an input", path.as_path()));
        let inputs: Vec<_> = events.chain(settings).collect();
        let out = ("--out", self.out.as_deref().unwrap_or(Path::new(STANDARD)));
        let rejects = self.rejects.as_deref().map(|path| ("--rejects", path));
        let entities = self.entities.as_deref().map(|path| ("--entities", path));
        let outputs: Vec<_> = [out].into_iter().chain(rejects).chain(entities).collect();
        check_outputs(&inputs, &outputs)
    }
}

/// Replays files, with a progress bar.
pub(crate) fn replay_files(
    files: &[PathBuf],
    replay: &mut Replay,
    quiet: bool,
) -> Result<(), CliError> {
    let progress = Progress::new(files, quiet);
    for path in files {
        let name = path.display().to_string();
        let lines_before = replay.lines();
        let input = progress.open(path)?;
        replay.input(input, (files.len() > 1).then_some(name.as_str()), &progress)?;
        if replay.lines() == lines_before && !quiet {
            progress.note(&format!("{name} has no events"));
        }
    }
    progress.finish();
    Ok(())
}

/// A parser for each thread.
fn parsers(threads: usize) -> Vec<Parser> {
    (0..threads).map(|_| Parser::default()).collect()
}

/// Two threads, if there are two cores.
pub(crate) fn default_threads() -> usize {
    available_parallelism().map_or(1, |cores| cores.get().min(2))
}

/// Reads a settings file, or takes the defaults without one.
pub(crate) fn settings(path: Option<&Path>) -> Result<Settings, CliError> {
    let Some(path) = path else { return Ok(Settings::default()) };
    let text = std::fs::read(path).map_err(CliError::read(path))?;
    let document = serde_json::from_slice::<SettingsDocument>(&text);
    Settings::try_from(document.map_err(|error| CliError::content(path, error))?)
        .map_err(|source| CliError::Settings { path: path.to_owned(), source })
}
