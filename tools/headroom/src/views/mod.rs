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
pub(crate) use facts::Views;

use crate::files::Output;
use crate::terminal::{print, print_message};
use crate::{CliError, Outcome};
use headroom_kpi::Settings;
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
    let views = Views::new(args.dialect, &args.settings)?;
    if args.fields {
        print(&text::fields(&views.schema, &views.all()))?;
        return Ok(Outcome::Success);
    }
    let (load, views) = match args.dialect {
        Dialect::Duckdb => {
            (views.duckdb_load(&args.exports, &args.parquet), views.duckdb_views(&args.parquet))
        }
        Dialect::Athena => (views.athena_load(&args.location), views.statements()),
    };
    match &args.out {
        None => print(&format!("{load}\n{views}"))?,
        Some(folder) => {
            write(folder, "load.sql", &load)?;
            write(folder, "views.sql", &views)?;
        }
    }
    Ok(Outcome::Success)
}

impl Views {
    pub(crate) fn new(dialect: Dialect, args: &ViewSettings) -> Result<Self, CliError> {
        // A definition that does not parse does not get past the tests.
        let schema = Schema::read()
            .map_err(|error| CliError::content(Path::new("infra/bi/schema.json"), error))?;
        let Settings { calendar, formulas, .. } =
            crate::replay::settings(args.settings.as_deref())?;
        let (zone, late_hours) = (calendar.zone_name().to_owned(), args.late_hours);
        Ok(Self { dialect, schema, zone, formulas, late_hours })
    }

    /// For DuckDB: the tables over files of Parquet, and the views.
    pub(crate) fn duckdb_views(&self, parquet: &str) -> String {
        Self::duckdb_tables(parquet) + &self.statements()
    }

    fn statements(&self) -> String {
        self.all().iter().map(View::statement).collect()
    }
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
