//! `headroom watch`: the queues as they are now, over the viewer protocol.

mod history;
mod screen;

use crate::queues::Column;
use crate::terminal::{block_on, check_interrupt};
use crate::viewer::{ConnectArgs, POLL_INTERVAL, Viewer, ViewerEvent, ViewerOptions};
use crate::{CliError, Outcome};
use headroom_protocol::{
    Pattern, PatternError, SUBJECTS_PER_REQUEST_MAX, SessionEvent, SessionOptions,
};
use history::History;
use screen::{Output, Screen};
use std::io::IsTerminal;
use std::time::Instant;

/// Watches queues live, over Headroom's WebSocket
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  headroom watch wss://abc.execute-api.eu-west-1.amazonaws.com/v1 --token-file token.jwt
  HEADROOM_TOKEN=... headroom watch wss://... --sort waiting
  headroom watch wss://... --token-file token.jwt --agents        who is on queue, and in what status
  headroom watch wss://... --token-file token.jwt --once --json > rows.ndjson
  headroom watch wss://... --token-file token.jwt --subjects 'queue#<id>#voice,agent#<id>#voice' --json
  headroom watch wss://... --token-file token.jwt --once --json --history 8 --waits > day.ndjson
On a terminal the table is drawn in place; elsewhere every change is a line. Rows that may be behind
are marked as stale. Lost connections are made anew by themselves. Queues have their names where the
server knows them, and their ids elsewhere; a service level has its target beside it.
A token on the command line can be seen by others on this machine; a file or the variable cannot.
Exit codes:
  0  done: --once, or Ctrl-C without it
  2  the command line is wrong
  3  the server refuses the token, or the token has expired; with --once, cannot connect
  130  interrupted before --once was done")]
// Each is an argument of its own.
#[allow(clippy::struct_excessive_bools)]
pub struct Args {
    #[command(flatten)]
    connect: ConnectArgs,
    /// What to watch: queue#*, queue#ID#*, queue#ID#MEDIA, queue#ID#agents, agent#*, agent#ID,
    /// agent#ID#*, agent#ID#MEDIA, api#budget
    #[arg(long, value_name = "SUBJECTS", value_delimiter = ',', default_value = "queue#*,api#budget", value_parser = subject)]
    subjects: Vec<String>,
    /// Watch the staffing of queues and the status of agents as well; the token has to allow agents
    #[arg(long)]
    agents: bool,
    /// Show what there is, and end
    #[arg(long)]
    once: bool,
    /// A row of JSON for each change, instead of a table
    #[arg(long)]
    json: bool,
    /// With --json: also the intervals of the last HOURS hours
    #[arg(long, value_name = "HOURS", requires = "json", value_parser = clap::value_parser!(u16).range(1..=744))]
    history: Option<u16>,
    /// With --json: also the histograms of waits, as `w<number>` (docs/protocol.md says what they are)
    #[arg(long, requires = "json")]
    waits: bool,
    /// What to sort the table by
    #[arg(long, value_enum, default_value_t = Column::Offered)]
    sort: Column,
}

/// Intervals that a viewer keeps when it runs for days.
const INTERVALS_KEPT: usize = 6;
/// Days that a viewer keeps when it runs for days.
const DAYS_KEPT: usize = 2;

fn subject(text: &str) -> Result<String, String> {
    let pattern: Pattern = text.parse().map_err(|error: PatternError| error.to_string())?;
    Ok(pattern.to_string())
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Outcome, CliError> {
    if args.subjects.len() > SUBJECTS_PER_REQUEST_MAX {
        let message = format!("more than {SUBJECTS_PER_REQUEST_MAX} subjects; use wildcards");
        return Err(CliError::Usage(message));
    }
    let mut subjects = args.subjects.clone();
    subjects.extend(args.agents.then(|| Pattern::AnyAgent.to_string()));
    let session = SessionOptions { catalog: !args.json, waits: args.waits };
    let options = ViewerOptions { session, ..args.connect.options(subjects)? };
    let viewer = Viewer::new(options)?;
    let screen = Screen::new(args.output(), args.sort);
    let history = args.history.map(History::new);
    if args.once {
        block_on(show_once(viewer, screen, history))?
    } else {
        block_on(watch(viewer, screen, history))?
    }
}

impl Args {
    fn output(&self) -> Output {
        if self.json {
            Output::Json
        } else if self.once || std::io::stdout().is_terminal() {
            Output::Table
        } else {
            Output::Lines
        }
    }
}

async fn show_once(
    mut viewer: Viewer,
    screen: Screen,
    history: Option<History>,
) -> Result<Outcome, CliError> {
    viewer.complete().await?;
    if let Some(mut history) = history {
        history.request(&mut viewer)?;
        viewer.complete().await?;
    }
    screen.print_all(&viewer)?;
    Ok(Outcome::Success)
}

async fn watch(
    mut viewer: Viewer,
    mut screen: Screen,
    mut history: Option<History>,
) -> Result<Outcome, CliError> {
    let intervals = INTERVALS_KEPT + history.as_ref().map_or(0, History::intervals);
    while check_interrupt().is_ok() {
        let event = viewer.next(Instant::now() + POLL_INTERVAL).await?;
        if matches!(event, Some(ViewerEvent::Session(SessionEvent::Complete(_)))) {
            drop_past_buckets(&mut viewer, intervals);
            if let Some(history) = &mut history {
                history.request(&mut viewer)?;
            }
        }
        screen.show(&viewer, event.as_ref())?;
    }
    screen.finish(&viewer)?;
    Ok(Outcome::Success)
}

/// Drops rows of intervals and days that are long past.
fn drop_past_buckets(viewer: &mut Viewer, intervals: usize) {
    for (prefix, count) in [("PT", intervals), ("P1D#", DAYS_KEPT)] {
        if let Some(first) = first_kept_bucket(viewer, prefix, count) {
            let session = viewer.session_mut();
            session
                .retain_buckets(|bucket| !bucket.starts_with(prefix) || bucket >= first.as_str());
        }
    }
}

/// The first of the newest `count` buckets with a prefix; none if there are fewer.
fn first_kept_bucket(viewer: &Viewer, prefix: &str, count: usize) -> Option<String> {
    let mut buckets: Vec<_> = viewer.view().rows().map(|(row, _)| row.bucket.as_str()).collect();
    buckets.retain(|bucket| bucket.starts_with(prefix));
    buckets.sort_unstable();
    buckets.dedup();
    let index = buckets.len().checked_sub(count)?;
    Some(buckets[index].to_owned())
}
