//! `headroom put`: events on an `EventBridge` bus.

mod batch;
mod bus;
mod deliver;
mod entry;
mod lines;
mod sending;

pub use entry::Entry;

use crate::files::{Finished, Output, check_outputs, inputs};
use crate::replay::{Progress, Rejects};
use crate::terminal::{tell, wait_for};
use crate::{CliError, Outcome};
use bus::EventBus;
use indicatif::HumanCount;
use sending::Sending;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

/// Puts events on an EventBridge bus
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  headroom put --bus headroom events.ndjson
  headroom simulate --live --rate 2 | headroom put --bus headroom -
  headroom put --bus headroom --endpoint-url http://127.0.0.1:4566 --rejects bad.ndjson day.ndjson.gz
Region and credentials are those of the AWS environment variables or profile.
Time, detail-type, resources and detail stay as they are. A source that begins with `aws.` is for
AWS and its partners alone, and is put as `headroom.put`; so is an event without one. The id and the
account are EventBridge's own.
Exit codes:
  0  done (lines that EventBridge cannot take are no failure)
  1  done, and --strict was given and there were such lines
  2  the command line is wrong
  3  something could not be read, written or put; what was put before stays put
  130  interrupted; likewise")]
pub struct Args {
    /// Files of EventBridge events, one JSON envelope a line, plain or gzip; `-` for standard input
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Name or ARN of the bus
    #[arg(long, value_name = "NAME")]
    bus: String,
    /// Where EventBridge is, such as a local cloud; by default AWS, or what `AWS_ENDPOINT_URL` says
    #[arg(long, value_name = "URL")]
    endpoint_url: Option<String>,
    /// Requests under way at the same time, of up to 10 events each
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256))]
    concurrency: u16,
    /// Where lines go that EventBridge cannot take, each whole and with its reason
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Exit with 1 if there were such lines
    #[arg(long)]
    strict: bool,
    /// No summary and no progress
    #[arg(long, short)]
    quiet: bool,
}

/// An entry, and the line that it comes from.
struct Waiting {
    number: u64,
    file: Option<Arc<str>>,
    bytes: Vec<u8>,
    entry: Entry,
}

/// Counts of a run.
#[derive(Debug, Default)]
struct Summary {
    lines: u64,
    put: u64,
    again: u64,
    refused: BTreeMap<&'static str, u64>,
    took: Duration,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Outcome, CliError> {
    let files = inputs("put", &args.files)?;
    let named: Vec<_> = files.iter().map(|path| ("an input", path.as_path())).collect();
    let rejects = args.rejects.as_deref();
    check_outputs(&named, rejects.map(|path| ("--rejects", path)).as_slice())?;
    let rejects = Rejects::new(rejects.map(Output::create_private).transpose()?);
    let began = Instant::now();
    let (mut summary, rejects) = wait_for(put(args, files, rejects))??;
    summary.took = began.elapsed();
    rejects.map_or(Ok(()), Finished::publish)?;
    let refused = !summary.refused.is_empty();
    if !args.quiet {
        tell(&summary);
        if refused && args.rejects.is_none() {
            tell("Keep the lines that could not be put, and their reasons, with --rejects FILE.");
        }
    }
    Ok(if args.strict && refused { Outcome::PartialFailure } else { Outcome::Success })
}

async fn put(
    args: &Args,
    files: Vec<PathBuf>,
    rejects: Rejects,
) -> Result<(Summary, Option<Finished>), CliError> {
    let bus = EventBus::open(&args.bus, args.endpoint_url.as_deref()).await?;
    let bytes = Arc::new(AtomicU64::new(0));
    let progress = Progress::new(&files, Arc::clone(&bytes), args.quiet);
    let mut sending = Sending::new(&bus, rejects, usize::from(args.concurrency), &progress);
    sending.run(lines::read(files, bytes)).await.map_err(|error| error.of_bus(&args.bus))?;
    progress.finish();
    sending.finish()
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |f: &mut fmt::Formatter<'_>, count: u64, kind: &str| {
            writeln!(f, "{:>12}  {kind}", HumanCount(count).to_string())
        };
        line(f, self.lines, "lines")?;
        line(f, self.put, "put")?;
        if self.again > 0 {
            line(f, self.again, "put once more, since EventBridge was busy")?;
        }
        line(f, self.refused.values().sum(), "that EventBridge cannot take")?;
        for (code, count) in &self.refused {
            line(f, *count, &format!("  {code}"))?;
        }
        let millis = u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX).max(1);
        let rate = HumanCount(self.put.saturating_mul(1_000) / millis);
        write!(f, "{:>12.3}  seconds ({rate} events/s)", self.took.as_secs_f64())
    }
}
