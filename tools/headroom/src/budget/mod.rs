//! `headroom budget`: the state of the API budget, over the viewer protocol.

mod status;
mod text;

pub(crate) use status::BudgetStatus;

use crate::terminal::{Canvas, block_on, check_interrupt, json_line, print};
use crate::viewer::{ConnectArgs, POLL_INTERVAL, Viewer};
use crate::{CliError, Outcome};
use headroom_kpi::Subject;
use jiff::Timestamp;
use std::io::IsTerminal;
use std::time::Instant;

/// Shows what was spent of the Platform API's budget, over Headroom's WebSocket
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  headroom budget wss://abc.execute-api.eu-west-1.amazonaws.com/v1 --token-file token.jwt
  headroom budget wss://... --token-file token.jwt --json | jq .day
  headroom budget wss://... --token-file token.jwt --watch
Requests used and allowed in the last minute, today and this month, and when a ceiling will be met
at this pace; requests by purpose, 429s, until when Genesys wants none, and conversations that wait
to be read. Bookings are what the queues' numbers of today are made of, of those queues that the
token shows: how many of them events did not bring, but gap reads.
With --watch the table is drawn in place, until Ctrl-C; elsewhere than on a terminal every change is
a line.
Exit codes:
  0  done: shown, or with --watch Ctrl-C
  2  the command line is wrong
  3  the server refuses the token, or the token has expired; cannot connect; there is no budget
  130  interrupted before it was shown")]
pub struct Args {
    #[command(flatten)]
    connect: ConnectArgs,
    /// JSON instead of a table
    #[arg(long)]
    json: bool,
    /// Go on, and show every change
    #[arg(long)]
    watch: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Outcome, CliError> {
    let subjects = vec![Subject::ApiBudget.to_string(), "queue#*".to_owned()];
    let viewer = Viewer::new(args.connect.options(subjects)?)?;
    if args.watch { block_on(watch(args, viewer))? } else { block_on(show_once(args, viewer))? }
}

async fn show_once(args: &Args, mut viewer: Viewer) -> Result<Outcome, CliError> {
    viewer.complete().await?;
    let status = status(&viewer).ok_or(CliError::NoBudget)?;
    print(&if args.json { json_line(&status)? } else { status.table(Timestamp::now()) + "\n" })?;
    Ok(Outcome::Success)
}

async fn watch(args: &Args, mut viewer: Viewer) -> Result<Outcome, CliError> {
    let redraw = std::io::stdout().is_terminal() && !args.json;
    let mut canvas = Canvas::default();
    let mut last = None;
    while check_interrupt().is_ok() {
        viewer.next(Instant::now() + POLL_INTERVAL).await?;
        let status = status(&viewer);
        if redraw {
            let table = status.map(|status| status.table(Timestamp::now()));
            canvas.draw(&table.unwrap_or_else(|| "No budget yet.".to_owned()))?;
        } else if status != last {
            if let Some(status) = &status {
                print_line(args, status)?;
            }
            last = status;
        }
    }
    Ok(Outcome::Success)
}

fn print_line(args: &Args, status: &BudgetStatus) -> Result<(), CliError> {
    print(&if args.json { json_line(status)? } else { status.line(Timestamp::now()) + "\n" })
}

fn status(viewer: &Viewer) -> Option<BudgetStatus> {
    BudgetStatus::from_rows(viewer.session().rows(Instant::now()))
}
