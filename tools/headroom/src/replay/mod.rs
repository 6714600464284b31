//! `headroom replay`: events in, rows out, in memory.

mod engine;
mod lines;
mod output;
mod progress;
mod rejects;
mod summary;

pub use engine::Replay;
pub use lines::{Chunk, Lines};
pub use output::ShownRow;
pub use progress::Progress;
pub use rejects::Rejects;
pub use summary::Summary;
pub(crate) use summary::grouped;

use crate::files::{Input, Output};
use crate::{CliError, Done};
use headroom_kpi::Settings;
use headroom_kpi::settings::SettingsDocument;

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// Events per batch. Large enough that most conversations are written once or twice, small enough
/// that a batch is some 30 MB.
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
  3  something could not be read or written; files to write are as they were before")]
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
    /// Events folded together: changes speed, never rows
    #[arg(long, value_name = "N", default_value_t = BATCH_DEFAULT, value_parser = batch_size)]
    batch: usize,
    /// Exit with 1 if any line was refused
    #[arg(long)]
    strict: bool,
    /// No summary and no progress
    #[arg(long, short)]
    quiet: bool,
}

/// Events per batch at most: more would only take memory.
const BATCH_MAX: usize = 1_000_000;

fn batch_size(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(size @ 1..=BATCH_MAX) => Ok(size),
        _ => Err(format!("use a number from 1 to {BATCH_MAX}")),
    }
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Done, CliError> {
    let settings = args.settings.as_deref().map_or(Ok(Settings::default()), read_settings)?;
    let bytes = Arc::new(AtomicU64::new(0));
    let inputs = open(&args.files, &bytes)?;
    let mut rows = Output::create(args.out.as_deref())?;
    let rejects = args.rejects.as_deref().map(Output::create_private).transpose()?;
    let progress = Progress::new(&args.files, bytes, args.quiet);
    let mut replay = Replay::new(settings, Rejects::new(rejects), args.batch);
    for input in inputs {
        let (name, before) = (input.path.display().to_string(), replay.lines());
        let several = args.files.len() > 1;
        replay.input(input, several.then_some(name.as_str()), &progress)?;
        if replay.lines() == before && !args.quiet {
            progress.note(&format!("{name} has no events"));
        }
    }
    progress.finish();
    replay.write_rows(&mut rows)?;
    let summary = replay.finish()?;
    rows.finish()?;
    if !args.quiet {
        eprintln!("{summary}");
        hint(args, &summary);
    }
    let refused = summary.refused_lines() > 0;
    Ok(if args.strict && refused { Done::WithRefusals } else { Done::Well })
}

fn hint(args: &Args, summary: &Summary) {
    if summary.refused_lines() > 0 && args.rejects.is_none() {
        eprintln!("Keep the refused lines and their reasons with --rejects FILE.");
    }
}

/// Opens all inputs before any work is done.
fn open(files: &[PathBuf], bytes: &Arc<AtomicU64>) -> Result<Vec<Input>, CliError> {
    if !files.is_empty() {
        return files.iter().map(|path| Input::open(path, bytes)).collect();
    }
    if io::stdin().is_terminal() {
        return Err(CliError::NoInput);
    }
    Ok(vec![Input::open(Path::new("-"), bytes)?])
}

/// Reads a settings file.
pub fn read_settings(path: &Path) -> Result<Settings, CliError> {
    let text = std::fs::read(path).map_err(CliError::read(path))?;
    let document: SettingsDocument = serde_json::from_slice(&text)
        .map_err(|error| CliError::Content { path: path.to_owned(), message: error.to_string() })?;
    let bad = |source| CliError::Settings { path: path.to_owned(), source };
    Settings::try_from(document).map_err(bad)
}
