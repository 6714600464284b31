//! `headroom export`: writes what `ExportTableToPointInTime` writes, from the rows of replays: so BI is
//! built and tested without AWS (`docs/bi.md`).

mod chain;
mod data;
mod entities;
mod kind;
mod manifest;
mod names;
mod rows;
mod table;

use crate::files::{Input, PathArgument, check_outputs, hidden, parent};
use crate::terminal::print_message;
use crate::{CliError, Outcome};
use chain::{Chain, add};
use jiff::{SignedDuration, Timestamp, Unit};
use kind::{ExportKind, View};
use rows::SortedRows;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use table::{Place, TABLE_ENTITIES, TABLE_ROWS};

/// Writes DynamoDB exports, full and incremental, from the rows of replays
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  headroom replay --stored-sums --out rows.ndjson events.ndjson
  headroom export rows.ndjson --out exports                     a full export
  headroom export monday.ndjson tuesday.ndjson --out exports    a full one, and what changed since
  headroom export rows.ndjson --names queues.json --out exports with the catalog of queues
  headroom export rows.ndjson --at 2026-06-01T00:00:00Z --out exports
                                                                the same bytes each time
  headroom export rows.ndjson --entities entities.ndjson --out audit
                                                                what `headroom audit` compares
The exports are in folders of their own: rows/full/<time>, rows/incremental/<from>,
entities/full/<time> and ledger/full/<time>. In a later file, a row that is missing was removed (as by its time to live), and
one that comes again has begun anew. What is written, and how to query it: docs/bi.md.
Exit codes:
  0  done
  2  the command line is wrong
  3  something could not be read or written; nothing was written
  130  interrupted; nothing was written")]
pub struct Args {
    /// Rows from `headroom replay --stored-sums`, plain or gzip: of the first a full export, of each
    /// further one an increment
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// The folder of the exports; it must not exist, or be empty
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Names of queues (JSON): `{"queueId": "name"}`, or what GET /api/v2/routing/queues returns
    #[arg(long, value_name = "FILE")]
    names: Option<PathBuf>,
    /// Entities from `headroom replay --entities`, plain or gzip: their table is exported as well
    #[arg(long, value_name = "FILE")]
    entities: Option<PathBuf>,
    /// The time of the full export, in whole seconds [default: now]
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// Minutes that each increment covers, 15 to 1440
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u16).range(15..=1440))]
    window: u16,
    /// Which images an increment has
    #[arg(long, value_enum, default_value_t = View::NewAndOldImages)]
    view: View,
    /// Partitions of the table, 1 to 64: a data file for each, an empty one for an empty partition
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=64))]
    partitions: u8,
    /// Seed of what is random in the names of exports and files
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// No summary
    #[arg(long, short)]
    quiet: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Outcome, CliError> {
    let at = whole_second(args.at.unwrap_or_else(Timestamp::now))?;
    args.check()?;
    // Beside the output, whose name it gets when it is complete.
    let folder = hidden().tempdir_in(parent(&args.out)).map_err(CliError::write(&args.out))?;
    let mut random = fastrand::Rng::with_seed(args.seed);
    if let Some(path) = &args.names {
        names::export(path, folder.path(), at, &mut random)?;
    }
    let place = Place { root: folder.path(), table: TABLE_ROWS, partitions: args.partitions };
    let mut chain = Chain::create(&place, &args.kinds(at)?, &mut random)?;
    let mut rows = SortedRows::open(&args.files)?;
    while let Some(states) = rows.next()? {
        chain.add(&states)?;
    }
    let mut summary = chain.finish()?;
    if let Some(path) = &args.entities {
        let place = Place { table: TABLE_ENTITIES, ..place };
        summary += &entities::export(path, &place, at, &mut random)?;
    }
    publish(folder, &args.out)?;
    if !args.quiet {
        print_message(summary.trim_end());
    }
    Ok(Outcome::Success)
}

impl Args {
    /// A full export, and an increment for each further file.
    fn kinds(&self, at: Timestamp) -> Result<Vec<ExportKind>, CliError> {
        let (view, window) = (self.view, SignedDuration::from_mins(self.window.into()));
        let mut kinds = vec![ExportKind::Full(at)];
        let mut from = at;
        for _ in 1..self.files.len() {
            let to = add(from, window)?;
            kinds.push(ExportKind::Incremental { from, to, view });
            from = to;
        }
        Ok(kinds)
    }

    fn check(&self) -> Result<(), CliError> {
        let files = self.files.iter().chain(&self.entities);
        files.clone().try_for_each(|path| Input::check(path))?;
        let inputs: Vec<PathArgument<'_>> =
            files.map(|path| ("an input", path.as_path())).collect();
        check_outputs(&inputs, &[("--out", &self.out)])?;
        let mut entries = match fs::read_dir(&self.out) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(CliError::write(&self.out)(error)),
        };
        if entries.next().is_none() {
            return Ok(());
        }
        Err(CliError::Usage(format!(
            "{} is not empty; name another folder, or remove this one",
            self.out.display()
        )))
    }
}

fn whole_second(time: Timestamp) -> Result<Timestamp, CliError> {
    time.round(Unit::Second).map_err(|error| CliError::Usage(format!("--at: {error}")))
}

fn publish(folder: tempfile::TempDir, out: &Path) -> Result<(), CliError> {
    // An empty folder of that name gives way to the new one.
    fs::rename(folder.path(), out).map_err(CliError::write(out))?;
    let _ = folder.keep();
    Ok(())
}
