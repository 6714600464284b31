//! `headroom put`: events on an `EventBridge` bus.

mod entry;
mod lines;
mod sending;
mod summary;

use crate::aws::sdk_config;
use crate::files::{Finished, Output, check_outputs, inputs};
use crate::replay::{Progress, Rejects};
use crate::terminal::{block_on, print_message};
use crate::{CliError, Outcome};
use aws_sdk_eventbridge::Client;
use headroom_aws::events::{EventBridge, EventPublisher};
use headroom_requests::RetryPolicy;
use sending::Sending;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use summary::Summary;

/// Attempts of a request: a bus that accepts nothing for about a minute ends the command.
const ATTEMPTS_MAX: u32 = 10;
const RETRY: RetryPolicy = RetryPolicy::new(Duration::from_millis(200), Duration::from_secs(20));

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

/// Runs the command.
pub fn run(args: &Args) -> Result<Outcome, CliError> {
    let files = inputs("put", &args.files)?;
    let named: Vec<_> = files.iter().map(|path| ("an input", path.as_path())).collect();
    let rejects = args.rejects.as_deref();
    check_outputs(&named, rejects.map(|path| ("--rejects", path)).as_slice())?;
    let rejects = Rejects::new(rejects.map(Output::create_private).transpose()?);
    let began = Instant::now();
    let (mut summary, rejects) = block_on(put(args, files, rejects))??;
    summary.took = began.elapsed();
    rejects.map_or(Ok(()), Finished::publish)?;
    let refused = !summary.refused.is_empty();
    if !args.quiet {
        print_message(&summary);
        if refused && args.rejects.is_none() {
            print_message(
                "Keep the lines that could not be put, and their reasons, with --rejects FILE.",
            );
        }
    }
    Ok(if args.strict && refused { Outcome::PartialFailure } else { Outcome::Success })
}

async fn put(
    args: &Args,
    files: Vec<PathBuf>,
    rejects: Rejects,
) -> Result<(Summary, Option<Finished>), CliError> {
    let client = Client::new(&sdk_config(args.endpoint_url.as_deref()).await?);
    let publisher = EventPublisher::new(EventBridge::new(client, &args.bus), RETRY, ATTEMPTS_MAX);
    let progress = Progress::new(&files, args.quiet);
    let concurrency = usize::from(args.concurrency);
    let mut sending = Sending::new(&args.bus, &publisher, concurrency, rejects, &progress);
    sending.run(lines::read(files, progress.clone())).await?;
    progress.finish();
    sending.finish()
}
