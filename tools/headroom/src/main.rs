//! Parses the command line, runs the command, and turns its outcome into an exit code.

use anstyle::{AnsiColor, Style};
use clap::Parser;
use headroom::{
    CliError, Outcome, audit, budget, compare, cost, explain, export, gaps, put, query, replay,
    report, settings, simulate, terminal, token, views, watch,
};
use std::process::ExitCode;

/// Real-time contact-centre KPIs from Genesys Cloud events
#[derive(Parser)]
#[command(
    version,
    arg_required_else_help = true,
    after_help = "\
Examples:
  headroom simulate --conversations 1000 --out morning.ndjson   make events of a contact centre
  headroom replay --out rows.ndjson morning.ndjson              fold them into KPI rows
  headroom report rows.ndjson                                   look at the queues
  headroom explain 8fb2a5a0-... morning.ndjson                  why a conversation counts as it does
  headroom gaps morning.ndjson                                  what would be read from the API
  headroom compare day.ndjson --answer queues.json              beside Genesys' own numbers
  headroom settings check settings.json                         what the stack would say to it
  headroom token key key.pem                                    keys for viewers' tokens"
)]
enum Command {
    Audit(audit::Args),
    Budget(budget::Args),
    Compare(compare::Args),
    Cost(cost::Args),
    Explain(explain::Args),
    Export(export::Args),
    Gaps(gaps::Args),
    Put(put::Args),
    Query(query::Args),
    Replay(replay::Args),
    Report(report::Args),
    Settings(settings::Args),
    Simulate(Box<simulate::Args>),
    Token(token::Args),
    Views(views::Args),
    Watch(watch::Args),
}

fn main() -> ExitCode {
    let command = Command::parse();
    terminal::catch_interrupts();
    let outcome = match command {
        Command::Audit(args) => audit::run(&args),
        Command::Budget(args) => budget::run(&args),
        Command::Compare(args) => compare::run(&args),
        Command::Cost(args) => cost::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Export(args) => export::run(&args),
        Command::Gaps(args) => gaps::run(&args),
        Command::Put(args) => put::run(&args),
        Command::Query(args) => query::run(&args),
        Command::Replay(args) => replay::run(&args),
        Command::Report(args) => report::run(&args),
        Command::Settings(args) => settings::run(&args),
        Command::Simulate(args) => simulate::run(&args),
        Command::Token(args) => token::run(&args),
        Command::Views(args) => views::run(&args),
        Command::Watch(args) => watch::run(&args),
    };
    match outcome {
        Ok(Outcome::Success) => ExitCode::SUCCESS,
        Ok(Outcome::PartialFailure) => ExitCode::from(1),
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

fn fail(error: &CliError) -> ExitCode {
    let red = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
    terminal::print_message(format_args!("{red}error:{red:#} {error}"));
    ExitCode::from(error.exit_code())
}
