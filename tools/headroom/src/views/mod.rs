//! `headroom views`: SQL for exports, in two dialects from one definition (`docs/bi.md`).

mod dialect;
mod dimensions;
mod facts;
mod histogram;
mod load;
mod schema;
mod tables;
mod text;
mod view;

pub(crate) use dialect::{Dialect, quoted};
use load::Loading;

use crate::files::Output;
use crate::terminal::{print, print_message};
use crate::{CliError, Outcome};
use facts::{Parameters, Views};
use schema::Schema;
use std::io::Write;
use std::path::{Path, PathBuf};
use view::View;

/// Settings of views.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct ViewSettings {
    /// Settings of the deployment (JSON): time zone, formulas of service level and occupancy
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// Hours after its end from which a change of an interval is a correction
    #[arg(long, value_name = "N", default_value_t = 24, value_parser = clap::value_parser!(u16).range(0..=9_600))]
    late_hours: u16,
}

impl ViewSettings {
    fn parameters(&self) -> Result<Parameters, CliError> {
        let settings = crate::replay::settings(self.settings.as_deref())?;
        let zone = settings.calendar.zone_name().to_owned();
        Ok(Parameters { zone, formulas: settings.formulas, late_hours: self.late_hours })
    }
}

/// Prints or writes the SQL that loads exports and makes views of them
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  headroom views                                       for DuckDB, to the standard output
  headroom views --exports exports --parquet bi --out sql
                                                       sql/load.sql and sql/views.sql, for DuckDB
  headroom views --dialect athena --location s3://bucket/bi/ --out sql
  headroom views --settings settings.json              by your time zone and formulas
  headroom views --fields                              the fields of all views, as Markdown
Run load.sql after each new export, and views.sql once:
  mkdir -p bi && duckdb -f sql/load.sql && duckdb bi.duckdb -f sql/views.sql
headroom query does both. What the views have: docs/bi.md.
Exit codes:
  0  done
  2  the command line is wrong
  3  something could not be read or written")]
pub struct Args {
    /// For whom
    #[arg(long, value_enum, default_value_t = Dialect::Duckdb)]
    dialect: Dialect,
    /// Folder for load.sql and views.sql, instead of the standard output
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// For duckdb: the folder of exports
    #[arg(long, value_name = "DIR", default_value = "exports")]
    exports: String,
    /// For duckdb: the folder of the files of Parquet; it has to exist when they are written
    #[arg(long, value_name = "DIR", default_value = "parquet")]
    parquet: String,
    /// For athena: where the exports are
    #[arg(long, value_name = "S3-URL", default_value = "s3://BUCKET/PREFIX/")]
    location: String,
    #[command(flatten)]
    settings: ViewSettings,
    /// The fields of all views as Markdown, instead of SQL
    #[arg(long, conflicts_with = "out")]
    fields: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Outcome, CliError> {
    let schema = read_schema()?;
    let parameters = args.settings.parameters()?;
    let views = Views { dialect: args.dialect, schema: &schema, parameters: &parameters }.all();
    if args.fields {
        print(&text::fields(&schema, &views))?;
        return Ok(Outcome::Success);
    }
    let loading = Loading { dialect: args.dialect, schema: &schema };
    let (load, tables) = match args.dialect {
        Dialect::Duckdb => {
            (loading.duckdb(&args.exports, &args.parquet), Loading::duckdb_tables(&args.parquet))
        }
        Dialect::Athena => (loading.athena(&args.location), String::new()),
    };
    let views = format!("{tables}\n{}", statements(&views));
    match &args.out {
        None => print(&format!("{load}\n{views}"))?,
        Some(folder) => {
            write(folder, "load.sql", &load)?;
            write(folder, "views.sql", &views)?;
        }
    }
    Ok(Outcome::Success)
}

/// What `headroom query` runs: the statements that load, and those that make tables and views.
pub(crate) struct Script {
    /// Given the folder of the files of Parquet.
    pub(crate) views: String,
    schema: Schema,
}

impl Script {
    pub(crate) fn new(settings: &ViewSettings, parquet: &str) -> Result<Self, CliError> {
        let schema = read_schema()?;
        let parameters = settings.parameters()?;
        let dialect = Dialect::Duckdb;
        let views = Views { dialect, schema: &schema, parameters: &parameters }.all();
        let views = format!("{}\n{}", Loading::duckdb_tables(parquet), statements(&views));
        Ok(Self { views, schema })
    }

    /// The statements that load exports into a folder.
    pub(crate) fn load(&self, exports: &str, parquet: &str) -> String {
        Loading { dialect: Dialect::Duckdb, schema: &self.schema }.duckdb(exports, parquet)
    }
}

fn statements(views: &[View]) -> String {
    views.iter().map(View::statement).collect::<Vec<_>>().join("\n")
}

/// A definition that does not parse does not get past the tests.
fn read_schema() -> Result<Schema, CliError> {
    Schema::read().map_err(|error| CliError::Content {
        path: "infra/bi/schema.json".into(),
        message: error.to_string(),
    })
}

fn write(folder: &Path, name: &str, text: &str) -> Result<(), CliError> {
    std::fs::create_dir_all(folder).map_err(CliError::write(folder))?;
    let path = folder.join(name);
    let mut output = Output::create(Some(&path))?;
    output.write_all(text.as_bytes()).map_err(CliError::write(&path))?;
    output.finish()?.publish()?;
    print_message(format_args!("wrote {}", path.display()));
    Ok(())
}
