//! `headroom cost`: what a contact centre costs in AWS, line by line.

mod lines;
mod load;
mod prices;
mod text;
mod units;

use crate::terminal::print;
use crate::{CliError, Outcome};
use load::Load;

/// Estimates what a contact centre costs in AWS, line by line
#[derive(clap::Args, Debug, Clone)]
#[command(after_help = "\
Examples:
  headroom cost                                      100 agents and 20 viewers
  headroom cost --agents 1000 --queues 100 --viewers 100
  headroom cost --agents 50 --hours 24 --days 30 --viewers 5 --no-gap-reads
  headroom cost --json | jq .total
Dollars a month, by the list prices of us-east-1 without the free tier. Units are measured
(docs/cost.md says by what), times of functions are assumed: see --ingest-ms and its likes. An
estimate, and no bill.
Exit codes:
  0  done
  2  the command line is wrong")]
pub struct Args {
    #[command(flatten)]
    load: Load,
    /// JSON instead of a table
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Outcome, CliError> {
    args.load.check().map_err(CliError::Usage)?;
    let lines = lines::lines(&args.load);
    print(&if args.json { text::json(&lines) } else { text::table(&args.load, &lines) })?;
    Ok(Outcome::Success)
}
