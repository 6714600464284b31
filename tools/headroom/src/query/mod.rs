//! `headroom query`: asks exports, by the `duckdb` program.

mod duckdb;
mod parquet;

use crate::views::{ViewSettings, quoted};
use crate::{CliError, Outcome};
use std::path::PathBuf;

/// Asks a folder of exports in SQL
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  headroom query \"SELECT * FROM queue_days\" exports
  headroom query \"SELECT queue_name, local_date, service_level
      FROM queue_days JOIN queues USING (queue_id) ORDER BY ALL\" exports --format csv
  headroom query \"FROM corrections\" exports --format json
  headroom query \"FROM queue_intervals\" exports --format parquet --out intervals.parquet
  headroom query \"SHOW TABLES\" exports
The folder has exports of DynamoDB, full and incremental, in any folders below it: those of
`headroom export`, or what `aws s3 sync` brought. They are loaded once, into exports/.headroom, and
again when files have changed. It needs the program duckdb 1.5 or later on the PATH:
  pip install duckdb-cli
Views and their fields: docs/bi.md.
Exit codes:
  0  done
  2  the command line is wrong
  3  something could not be read or written, or DuckDB refused the query")]
pub struct Args {
    /// What to ask
    #[arg(value_name = "SQL")]
    sql: String,
    /// The folder of exports
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// File of the result; needed for Parquet
    #[arg(long, value_name = "FILE", required_if_eq("format", "parquet"))]
    out: Option<PathBuf>,
    #[command(flatten)]
    settings: ViewSettings,
    /// Say nothing about loading
    #[arg(long, short)]
    quiet: bool,
}

/// How a result is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A table for the terminal
    Table,
    /// CSV with a head line
    Csv,
    /// A list of objects
    Json,
    /// Parquet, into a file
    Parquet,
}

impl Format {
    /// The option of `duckdb`; Parquet is written by a statement.
    fn option(self) -> &'static str {
        match self {
            Self::Table | Self::Parquet => "-box",
            Self::Csv => "-csv",
            Self::Json => "-json",
        }
    }
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Outcome, CliError> {
    let (parquet, views) = parquet::load(&args.folder, &args.settings, args.quiet)?;
    let sql = args.sql.trim().trim_end_matches(';');
    let query = match (args.format, &args.out) {
        (Format::Parquet, Some(out)) => {
            let out = quoted(&out.display().to_string());
            format!("COPY ({sql}) TO {out} (FORMAT parquet, COMPRESSION zstd)")
        }
        _ => sql.to_owned(),
    };
    let out = args.out.as_deref().filter(|_| args.format != Format::Parquet);
    duckdb::query(&parquet, &format!("{views}\n{query};\n"), args.format.option(), out)?;
    Ok(Outcome::Success)
}
