//! `headroom watch`: the queues as they are, over the viewer protocol.

mod canvas;
mod connect;
mod error;
mod link;
mod request;
mod screen;
mod session;
#[cfg(test)]
mod session_tests;
mod token;
mod viewer;

pub(crate) use canvas::{Canvas, write};
pub use connect::Connect;
pub(crate) use connect::give_up;
pub use error::ViewerError;
pub use session::{Change, Due, Heard, Session};
pub use token::Token;
pub use viewer::{Counts, Happened, Options, Viewer};

use crate::queues::Column;
use crate::terminal::{check_interrupt, wait_for};
use crate::{CliError, Outcome};
use screen::Screen;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// Watches queues live, over Headroom's WebSocket
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  headroom watch wss://abc.execute-api.eu-west-1.amazonaws.com/v1 --token-file token.jwt
  HEADROOM_TOKEN=... headroom watch wss://... --sort waiting
  headroom watch wss://... --token-file token.jwt --once --json > rows.ndjson
  headroom watch wss://... --token-file token.jwt --subjects 'queue#<id>#voice,agent#<id>#voice' --json
On a terminal the table is drawn in place; elsewhere every change is a line. Rows that may be behind
are marked as stale. Lost connections are made anew by themselves.
A token on the command line can be seen by others on this machine; a file or the variable cannot.
Exit codes:
  0  done: --once, or Ctrl-C without it
  2  the command line is wrong
  3  the server refuses the token, or the token has expired; with --once, cannot connect
  130  interrupted before --once was done")]
pub struct Args {
    #[command(flatten)]
    connect: Connect,
    /// What to watch: queue#*, queue#ID#*, queue#ID#MEDIA, agent#ID#MEDIA, api#budget
    #[arg(long, value_name = "SUBJECTS", value_delimiter = ',', default_value = "queue#*,api#budget", value_parser = subject)]
    subjects: Vec<String>,
    /// Show what there is, and end
    #[arg(long)]
    once: bool,
    /// A row of JSON for each change, instead of a table
    #[arg(long)]
    json: bool,
    /// What to sort the table by
    #[arg(long, value_enum, default_value_t = Column::Offered)]
    sort: Column,
}

/// Between two looks at whether to go on; the table is drawn as often at most.
const LOOK: Duration = Duration::from_millis(250);
/// Of a viewer that runs for days, intervals and days before these are let go.
const INTERVALS_KEPT: usize = 6;
const DAYS_KEPT: usize = 2;

fn subject(text: &str) -> Result<String, String> {
    let pattern: headroom_protocol::Pattern =
        text.parse().map_err(|error: headroom_protocol::PatternError| error.to_string())?;
    Ok(pattern.to_string())
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Outcome, CliError> {
    if args.subjects.len() > headroom_protocol::SUBJECTS_EACH_MAX {
        let max = headroom_protocol::SUBJECTS_EACH_MAX;
        return Err(CliError::Usage(format!("more than {max} subjects; use wildcards")));
    }
    let viewer = args.connect.viewer(args.subjects.clone())?;
    let screen = Screen::new(args.screen(), args.sort);
    wait_for(watch(args, viewer, screen))?
}

impl Args {
    fn screen(&self) -> screen::Kind {
        match (self.json, self.once) {
            (true, _) => screen::Kind::Json,
            (false, true) => screen::Kind::Table,
            _ if std::io::stdout().is_terminal() => screen::Kind::Live,
            _ => screen::Kind::Lines,
        }
    }
}

async fn watch(args: &Args, mut viewer: Viewer, mut screen: Screen) -> Result<Outcome, CliError> {
    loop {
        if let Err(interrupted) = check_interrupt() {
            screen.end(&viewer)?;
            return if args.once { Err(interrupted) } else { Ok(Outcome::Success) };
        }
        let happened = viewer.next(Instant::now() + LOOK).await?;
        if args.once {
            if viewer.session().is_complete() {
                screen.whole(&viewer)?;
                return Ok(Outcome::Success);
            }
            give_up(&viewer)?;
            continue;
        }
        if matches!(happened, Some(Happened::Heard(Heard::Complete(_)))) {
            let_go(&mut viewer);
        }
        screen.show(&viewer, happened.as_ref())?;
    }
}

fn let_go(viewer: &mut Viewer) {
    let newest = |prefix: &str, count: usize| {
        let mut buckets: Vec<_> = viewer.view().rows().map(|(row, _)| row.bucket.clone()).collect();
        buckets.retain(|bucket| bucket.starts_with(prefix));
        buckets.sort_unstable();
        buckets.dedup();
        buckets.len().checked_sub(count).map(|first| buckets.swap_remove(first))
    };
    let (interval, day) = (newest("PT", INTERVALS_KEPT), newest("P1D#", DAYS_KEPT));
    let before = |bucket: &str, prefix: &str, first: Option<&String>| {
        bucket.starts_with(prefix) && first.is_some_and(|first| bucket < first.as_str())
    };
    viewer.session_mut().forget(|bucket| {
        before(bucket, "PT", interval.as_ref()) || before(bucket, "P1D#", day.as_ref())
    });
}
