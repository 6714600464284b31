//! `headroom gaps`: which conversations of a capture would be read from the Platform API, and why.

mod cost;
mod rules;
mod summary;
mod text;

pub use summary::{GapSummary, OpenSessions, RuleCount};

pub(crate) use rules::rule_text;

use crate::files::inputs;
use crate::replay::{BATCH_DEFAULT, Rejects, Replay, default_threads, replay_files, settings};
use crate::terminal::{json_line, print};
use crate::{CliError, Outcome};
use std::path::PathBuf;

/// Shows which conversations would be read from the Platform API, by gap rule
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  headroom gaps events.ndjson                    what a day of events lacks, and what it would cost
  headroom gaps --examples 20 events.ndjson      with more conversations of each rule
  headroom gaps --settings s.json events.ndjson  with other limits, or with optional rules
  headroom gaps --json day1.gz day2.gz           as a line of JSON
`headroom explain` shows what a conversation lacks. Conversations that began before the first
event have gaps, since their first events are missing: begin when nobody is in the queues.
Exit codes:
  0  done, whether there are gaps or not
  2  the command line is wrong
  3  something could not be read
  130  interrupted")]
pub struct Args {
    /// Files of EventBridge events, one JSON envelope a line, plain or gzip; `-` for standard input
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Settings: limits and optional rules are in `gaps` (JSON; see the README)
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// How many conversations to name of each rule
    #[arg(long, value_name = "N", default_value_t = 3)]
    examples: usize,
    /// One line of JSON instead of text
    #[arg(long)]
    json: bool,
    /// No progress
    #[arg(long, short)]
    quiet: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Outcome, CliError> {
    let files = inputs("gaps", &args.files)?;
    let settings = settings(args.settings.as_deref())?;
    let mut replay =
        Replay::new(settings.clone(), Rejects::new(None), BATCH_DEFAULT, default_threads());
    replay_files(&files, &mut replay, args.quiet)?;
    let summary = GapSummary::new(&replay, &settings, args.examples)?;
    let (replayed, _) = replay.finish()?;
    print(&if args.json { json_line(&summary)? } else { summary.text() })?;
    if !args.quiet {
        replayed.note_refused("that may be why something is missing");
    }
    Ok(Outcome::Success)
}
