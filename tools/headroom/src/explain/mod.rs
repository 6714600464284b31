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

use crate::files::{Input, inputs};
use crate::replay::{FactReader, Progress, Summary, read_facts, settings};
use crate::terminal::print;
use crate::{CliError, Outcome};
use headroom_kpi::{Conversation, EntityKey, Fact, FoldOutcome, Id, Settings};
use std::path::{Path, PathBuf};

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
    let mut life = Life::new(&args.conversation)?;
    let summary = read_facts(&files, args.quiet, |key, fact| life.add(&key, fact))?;
    let explanation = life.explain(&summary, &settings)?;
    let text = if args.json { explanation.json()? } else { explanation.text() };
    print(&text)?;
    if !args.quiet {
        summary.note_refused("events of this conversation may be among them");
    }
    Ok(Outcome::Success)
}

/// Explains a conversation of an input.
pub fn explain(
    conversation: &str,
    input: Input,
    settings: &Settings,
) -> Result<Explanation, CliError> {
    let mut life = Life::new(conversation)?;
    let mut reader = FactReader::default();
    reader.input(input, &Progress::none(), |key, fact| life.add(&key, fact))?;
    life.explain(reader.summary(), settings)
}

/// A conversation, with the facts so far. All other conversations are dropped as they are read.
struct Life {
    id: Id,
    conversation: Conversation,
    counts: LineCounts,
}

impl Life {
    fn new(id: &str) -> Result<Self, CliError> {
        let id = Id::parse(id)
            .map_err(|error| CliError::Usage(format!("the conversation's id {error}")))?;
        Ok(Self { id, conversation: Conversation::default(), counts: LineCounts::default() })
    }

    fn add(&mut self, key: &EntityKey, fact: Fact) {
        if !matches!(key, EntityKey::Conversation(id) if *id == self.id) {
            return;
        }
        let count = match self.conversation.fold(fact) {
            FoldOutcome::Applied => &mut self.counts.applied,
            FoldOutcome::WithoutEffect => &mut self.counts.without_effect,
            FoldOutcome::Full => &mut self.counts.without_room,
        };
        *count += 1;
    }

    fn explain(self, read: &Summary, settings: &Settings) -> Result<Explanation, CliError> {
        let Self { id, conversation, counts } = self;
        if counts == LineCounts::default() {
            let (lines, refused) = (read.lines, read.refused_lines());
            return Err(CliError::NoConversation { id: id.to_string(), lines, refused });
        }
        Ok(Explanation::new(&id, conversation, counts, settings))
    }
}

impl Explanation {
    /// A line of JSON.
    pub fn json(&self) -> Result<String, CliError> {
        let json = serde_json::to_string(self);
        let error =
            |error: serde_json::Error| CliError::write(Path::new("the explanation"))(error.into());
        json.map(|json| json + "\n").map_err(error)
    }
}
