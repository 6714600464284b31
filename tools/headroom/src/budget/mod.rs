//! `headroom budget`: what was spent of the API budget, over the viewer protocol.

mod figures;
mod text;

pub(crate) use figures::Figures;

use crate::terminal::{check_interrupt, wait_for};
use crate::watch::{Canvas, Connect, Viewer, give_up, write};
use crate::{CliError, Outcome};
use headroom_kpi::Subject;
use jiff::Timestamp;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

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
    connect: Connect,
    /// JSON instead of a table
    #[arg(long)]
    json: bool,
    /// Go on, and show every change
    #[arg(long)]
    watch: bool,
}

/// Between two looks at whether to go on; the table is drawn as often at most.
const LOOK: Duration = Duration::from_millis(250);

/// Runs the command.
pub fn run(args: &Args) -> Result<Outcome, CliError> {
    let subjects = vec![Subject::ApiBudget.to_string(), "queue#*".to_owned()];
    let viewer = args.connect.viewer(subjects)?;
    if args.watch { wait_for(watch(args, viewer))? } else { wait_for(once(args, viewer))? }
}

async fn once(args: &Args, mut viewer: Viewer) -> Result<Outcome, CliError> {
    while !viewer.session().is_complete() {
        check_interrupt()?;
        give_up(&viewer)?;
        viewer.next(Instant::now() + LOOK).await?;
    }
    let figures = figures(&viewer).ok_or(CliError::NoBudget)?;
    let shown = if args.json { figures.json()? } else { figures.table(Timestamp::now()) };
    write(&format!("{shown}\n"))?;
    Ok(Outcome::Success)
}

async fn watch(args: &Args, mut viewer: Viewer) -> Result<Outcome, CliError> {
    let live = std::io::stdout().is_terminal() && !args.json;
    let (mut canvas, mut last) = (Canvas::default(), None);
    while check_interrupt().is_ok() {
        viewer.next(Instant::now() + LOOK).await?;
        let figures = figures(&viewer);
        if live {
            let waits = || "No budget yet.".to_owned();
            canvas.draw(&figures.map_or_else(waits, |it| it.table(Timestamp::now())))?;
        } else if figures != last {
            line(args, figures.as_ref())?;
            last = figures;
        }
    }
    Ok(Outcome::Success)
}

fn line(args: &Args, figures: Option<&Figures>) -> Result<(), CliError> {
    let Some(figures) = figures else { return Ok(()) };
    let line = if args.json { figures.json()? } else { figures.line(Timestamp::now()) };
    write(&format!("{line}\n"))
}

fn figures(viewer: &Viewer) -> Option<Figures> {
    Figures::of(viewer.session().rows(Instant::now()))
}
