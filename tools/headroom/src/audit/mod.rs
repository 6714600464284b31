//! `headroom audit`: proves that each row equals the sum of the contributions of all entities, and
//! repairs rows that do not (`docs/operations.md`, "Auditing rows").

mod exports;
mod folder;
mod limits;
mod lines;
mod progress;
mod repair;
mod tables;
mod text;

use crate::aws::sdk_config;
use crate::terminal::{block_on, check_interrupt, print, print_message};
use crate::{CliError, Outcome};
use aws_sdk_dynamodb::Client;
use headroom_engine::AuditReport;
use headroom_requests::now;
use headroom_tables::{DynamoStore, PartReport, TableAudit, TableAuditError, Tables};
use limits::Limits;
use progress::Progress;
use std::io::IsTerminal;
use std::path::PathBuf;

/// Proves that each row equals the sum of the contributions of all entities, and repairs rows
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  headroom audit --entities bi/entities --rows bi/rows      two exports of one point in time
  headroom audit --entities-table headroom-EntitiesTable-1A --rows-table headroom-RowsTable-1B
                                                            the tables themselves
  headroom audit --entities-table ... --rows-table ... --repair
                                                            show what is wrong, ask, and repair it
  headroom audit --entities bi/entities --rows bi/rows --passes 8 --format json
                                                            an eighth of the rows in memory; lines of JSON
An export is a folder with one full export in DynamoDB's JSON, as `aws s3 sync` brings it or
`headroom export` writes it. Tables are read whole, by strongly consistent reads, each once a pass;
what changes meanwhile is not reported, and counted. Rows are left out, and counted, of which a part
may have gone by time to live. Give the least --retention-days that the stack has had of late.
Region and credentials are those of the AWS environment variables or profile.
Exit codes:
  0  nothing is wrong, or all that was is repaired
  1  something is wrong: each difference is on the standard output
  2  the command line is wrong, or the exports are of different times
  3  something could not be read or written
  130  interrupted")]
pub struct Args {
    /// Folder of a full export of the entities table
    #[arg(long, value_name = "DIR", requires = "rows", required_unless_present = "entities_table")]
    entities: Option<PathBuf>,
    /// Folder of a full export of the rows table, of the same point in time
    #[arg(long, value_name = "DIR", requires = "entities")]
    rows: Option<PathBuf>,
    /// Name of the entities table: output `EntitiesTable` of the stack
    #[arg(long, value_name = "TABLE", requires = "rows_table", conflicts_with = "entities")]
    entities_table: Option<String>,
    /// Name of the rows table: output `RowsTable` of the stack
    #[arg(long, value_name = "TABLE", requires = "entities_table")]
    rows_table: Option<String>,
    /// Read units a second that a scan of a table consumes, on average
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(32..=100_000))]
    read_units: u32,
    /// Where DynamoDB is, such as a local cloud; by default AWS, or what `AWS_ENDPOINT_URL` says
    #[arg(long, value_name = "URL", requires = "entities_table")]
    endpoint_url: Option<String>,
    #[command(flatten)]
    limits: Limits,
    /// Repair the rows of the tables, after showing what is wrong and asking
    #[arg(long, requires = "entities_table")]
    repair: bool,
    /// With --repair: do not ask
    #[arg(long, requires = "repair")]
    yes: bool,
    /// How differences are printed
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// No summary and no progress
    #[arg(long, short)]
    quiet: bool,
}

/// How differences are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A table
    Table,
    /// A line of JSON for each row
    Json,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Outcome, CliError> {
    if args.repair && !args.yes && !std::io::stdin().is_terminal() {
        let message =
            "--repair asks before it writes, and there is no terminal; give --yes as well";
        return Err(CliError::Usage(message.to_owned()));
    }
    let progress = Progress::new(args.quiet);
    if let (Some(entities), Some(rows)) = (&args.entities, &args.rows) {
        let audit = exports::audit(entities, rows, args.limits, &progress)?;
        args.print(&audit)?;
        return Ok(outcome(audit.report.is_clean()));
    }
    block_on(args.audit_tables(&progress))?
}

impl Args {
    async fn audit_tables(&self, progress: &Progress) -> Result<Outcome, CliError> {
        let tables = Tables {
            entities: self.entities_table.clone().unwrap_or_default(),
            rows: self.rows_table.clone().unwrap_or_default(),
        };
        let client = Client::new(&sdk_config(self.endpoint_url.as_deref()).await?);
        let reader = TableAudit::new(client.clone(), tables.clone(), self.read_units);
        let audit = tables::audit(&reader, self.limits, now(), progress).await;
        let audit = audit.map_err(|error| tables::error(&tables, error))?;
        self.print(&audit)?;
        let AuditReport { differences, .. } = &audit.report;
        if !self.repair || differences.is_empty() {
            return Ok(outcome(audit.report.is_clean()));
        }
        if !self.yes && !repair::confirm(differences, &tables.rows)? {
            print_message("Nothing was written.");
            return Ok(Outcome::PartialFailure);
        }
        let store = DynamoStore::new(client, tables.clone(), self.limits.retention());
        let repairs = repair::repair(&store, differences).await;
        let repairs =
            repairs.map_err(|error| tables::error(&tables, TableAuditError::Rows(error)))?;
        if !self.quiet {
            print_message(repairs);
        }
        check_interrupt()?;
        Ok(outcome(repairs.is_complete() && audit.report.repeats.is_empty()))
    }

    fn print(&self, audit: &PartReport) -> Result<(), CliError> {
        match self.format {
            Format::Table => print(&text::table(&audit.report))?,
            Format::Json => print(&lines::lines(&audit.report))?,
        }
        if !self.quiet {
            print_message(text::summary(audit).trim_end());
        }
        Ok(())
    }
}

fn outcome(is_clean: bool) -> Outcome {
    if is_clean { Outcome::Success } else { Outcome::PartialFailure }
}
