//! `headroom settings`: settings documents, checked, and kept in the ledger of a stack.

mod check;
mod ledger;
mod problems;

pub use problems::{Problem, find_problems};

use crate::parameter::ParameterForm;
use crate::{CliError, Outcome};
use clap::Subcommand;
use headroom_kpi::Millis;
use jiff::Timestamp;
use std::path::PathBuf;

/// Checks settings, puts them into a stack's ledger, and shows those in force
#[derive(clap::Args, Debug)]
#[command(
    arg_required_else_help = true,
    after_help = "\
Examples:
  headroom settings check settings.json          what is wrong, or the stack's parameter
  headroom settings put settings.json --ledger headroom-LedgerTable-1A2B3C
  headroom settings put settings.json --ledger ... --at 2026-06-01T00:00:00Z
  headroom settings show --ledger headroom-LedgerTable-1A2B3C
The ledger table is the output LedgerTable of the stack. What is put there takes effect without a
deployment, at the first interval boundary that is at least five minutes away, and takes the place of
the stack's parameter from then on. It may be as large as 390,000 bytes; the parameter has room for
some 3,000.
Region and credentials are those of the AWS environment variables or profile.
Exit codes:
  0  done
  1  the settings are wrong: each line that is, and what is allowed there
  2  the command line is wrong, or a time lies in the past
  3  a file or the ledger cannot be read or written"
)]
pub struct Args {
    #[command(subcommand)]
    command: SettingsCommand,
}

#[derive(Subcommand, Debug)]
enum SettingsCommand {
    /// Check a settings file, and print it as the parameter of the stack
    Check(CheckArgs),
    /// Put settings into the ledger, to take effect at the next interval boundary
    Put(PutArgs),
    /// Show the versions in the ledger
    Show(ShowArgs),
}

#[derive(clap::Args, Debug)]
struct CheckArgs {
    /// The settings (JSON); `-` for the standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// For which use; by default as lines of the parameter file, with the argument as a comment
    #[arg(long, value_name = "FORM")]
    form: Option<ParameterForm>,
}

#[derive(clap::Args, Debug)]
struct PutArgs {
    /// The settings (JSON); `-` for the standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// When they take effect at the earliest; by default as soon as possible
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    #[command(flatten)]
    ledger: LedgerArgs,
}

#[derive(clap::Args, Debug)]
struct ShowArgs {
    /// A line of JSON for each version
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    ledger: LedgerArgs,
}

#[derive(clap::Args, Debug)]
struct LedgerArgs {
    /// Name of the ledger table: output `LedgerTable` of the stack
    #[arg(long = "ledger", value_name = "TABLE")]
    table: String,
    /// Where DynamoDB is, such as a local cloud; by default AWS, or what `AWS_ENDPOINT_URL` says
    #[arg(long, value_name = "URL")]
    endpoint_url: Option<String>,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Outcome, CliError> {
    match &args.command {
        SettingsCommand::Check(args) => check::run(args),
        SettingsCommand::Put(args) => ledger::put(args, headroom_requests::now()),
        SettingsCommand::Show(args) => ledger::show(args, headroom_requests::now()),
    }
}

/// A time as the command line takes it.
fn millis(time: Timestamp) -> Millis {
    Millis(time.as_millisecond())
}
