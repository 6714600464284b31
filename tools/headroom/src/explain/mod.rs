//! `headroom explain`: the life of one conversation as the engine sees it.

mod explanation;
mod facts;
mod labels;
mod reasons;
mod text;

pub use explanation::{
    ContributedRow, ExplainedDue, ExplainedGap, ExplainedMetric, Explanation, LineCounts,
};
pub use facts::{ExplainedSession, SessionFact};

use crate::files::inputs;
use crate::replay::{Summary, read_facts, settings};
use crate::terminal::{json_line, print};
use crate::{CliError, Outcome};
use headroom_kpi::{Conversation, EntityKey, Id, Settings};
use std::path::PathBuf;

/// Explains the numbers of one conversation: what is known, what counts and why
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  headroom explain 8fb2a5a0-... events.ndjson          as text
  headroom explain 8fb2a5a0-... day1.gz day2.gz        a conversation over midnight
  headroom explain 8fb2a5a0-... --json events.ndjson   as JSON
  zcat events.ndjson.gz | headroom explain 8fb2a5a0-... -
It shows the sessions and Genesys' metrics, which of them count, why the others do not, which rows
the conversation adds to, what is missing of it (gaps), and when it is due for a read from the
Platform API. The rules are in docs/kpis.md.
Exit codes:
  0  done
  2  the command line is wrong
  3  something could not be read, or the conversation is in none of the files
  130  interrupted")]
pub struct Args {
    /// The conversation's id
    #[arg(value_name = "CONVERSATION")]
    conversation: String,
    /// Files of EventBridge events, one JSON envelope a line, plain or gzip; `-` for standard input
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Settings: time zone, interval, service levels (JSON; see the README)
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// One line of JSON instead of text
    #[arg(long)]
    json: bool,
    /// No progress
    #[arg(long, short)]
    quiet: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Outcome, CliError> {
    let files = inputs("explain CONVERSATION", &args.files)?;
    let settings = settings(args.settings.as_deref())?;
    let (explanation, summary) = explain(&args.conversation, &files, &settings, args.quiet)?;
    print(&if args.json { json_line(&explanation)? } else { explanation.text() })?;
    if !args.quiet {
        summary.note_refused("events of this conversation may be among them");
    }
    Ok(Outcome::Success)
}

/// Explains a conversation of some files. Returns their counts of lines as well. All other
/// conversations are dropped as they are read.
pub fn explain(
    conversation: &str,
    files: &[PathBuf],
    settings: &Settings,
    quiet: bool,
) -> Result<(Explanation, Summary), CliError> {
    let id = Id::parse(conversation)
        .map_err(|error| CliError::Usage(format!("the conversation's id {error}")))?;
    let (mut conversation, mut counts) = (Conversation::default(), LineCounts::default());
    let summary = read_facts(files, quiet, |key, fact| {
        if matches!(key, EntityKey::Conversation(other) if other == id) {
            counts.add(conversation.fold(fact));
        }
    })?;
    if counts == LineCounts::default() {
        let (lines, refused) = (summary.lines, summary.refused_lines());
        return Err(CliError::NoConversation { id: id.to_string(), lines, refused });
    }
    Ok((Explanation::new(&id, conversation, counts, settings), summary))
}
