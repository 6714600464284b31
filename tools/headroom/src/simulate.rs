//! `headroom simulate`: events of a contact centre that does not exist, and what is true of it.

use crate::files::{Output, check_outputs, is_standard};
use crate::replay::{grouped, read_settings};
use crate::terminal::{check_interrupt, tell};
use crate::{CliError, Done};
use headroom_kpi::{Millis, Settings};
use headroom_simulator::{Faults, Feed, LineKind, Load, Options, Rules, ServiceLevels};
use indicatif::ProgressBar;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Makes the events of a simulated contact centre, and the rows that are true of it
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  headroom simulate --out day.ndjson                    1,000 conversations; truth in day.truth.ndjson
  headroom simulate --rate 2 --for 4h --out day.ndjson.gz --truth rows.ndjson
  headroom simulate --metrics-topic --faults dup=0.3,reorder=0.1,garbage=0.03 --out hard.ndjson
Faults are shares of all events, 0 to 1:
  dup      delivered again      reorder  moved by seconds to minutes
  late     moved by hours       lose     never delivered
  garbage  broken lines, on top of all events
The same seed and options give the same files.")]
pub struct Args {
    /// Decides everything that is random
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// How many conversations there are
    #[arg(long, value_name = "N", default_value_t = 1_000, conflicts_with_all = ["rate", "length"])]
    conversations: u64,
    /// Conversations per second at a mean hour, instead of a number of them
    #[arg(long, value_name = "PER_S", requires = "length", value_parser = rate)]
    rate: Option<f64>,
    /// For how long, with --rate: `90m`, `4h`, `1d`
    #[arg(long = "for", id = "length", value_name = "DURATION", requires = "rate", value_parser = length)]
    length: Option<f64>,
    /// When the first conversation may begin
    #[arg(long, value_name = "TIME", default_value = "2026-05-12T06:00:00Z")]
    start: Timestamp,
    /// Publish Genesys' own metric events as well
    #[arg(long)]
    metrics_topic: bool,
    /// What goes wrong on the way: dup=S,reorder=S,late=S,lose=S,garbage=S
    #[arg(long, value_name = "FAULTS", default_value = "")]
    faults: Faults,
    /// Settings under which the truth is computed (JSON; see the README)
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// Where events go; `.gz` compresses
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Where the true rows go; by default beside the events, as NAME.truth.ndjson
    #[arg(long, value_name = "FILE")]
    truth: Option<PathBuf>,
    /// No summary and no progress
    #[arg(long, short)]
    quiet: bool,
}

/// Conversations per second at most: more is no contact centre on earth.
const RATE_MAX: f64 = 10_000.0;

fn rate(text: &str) -> Result<f64, String> {
    let rate: f64 = text.parse().map_err(|_| "use a number such as 0.5".to_owned())?;
    let possible = rate > 0.0 && rate <= RATE_MAX;
    possible.then_some(rate).ok_or_else(|| format!("use a number above 0, up to {RATE_MAX}"))
}

fn length(text: &str) -> Result<f64, String> {
    let days = text.strip_suffix('d').and_then(|days| days.parse::<i64>().ok());
    let length = match days {
        Some(days) => days.checked_mul(24).map(SignedDuration::from_hours),
        None => text.parse::<SignedDuration>().ok(),
    };
    let seconds = length.map(|length| length.as_secs_f64()).filter(|seconds| *seconds > 0.0);
    seconds.ok_or_else(|| "use a time such as 90m, 4h or 1d".to_owned())
}

/// Lines between two looks at whether to go on.
const CHECK_EVERY: u64 = 4_096;

/// Runs the command.
pub fn run(args: &Args) -> Result<Done, CliError> {
    let truth_path = args.truth_path()?;
    let settings = args.settings.as_deref().map_or(Ok(Settings::default()), read_settings)?;
    let mut events = Output::create(Some(&args.out))?;
    let mut truth_output = Output::create(Some(&truth_path))?;
    let progress = if args.quiet { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
    progress.enable_steady_tick(Duration::from_millis(200));
    let (mut counts, mut lines) = (BTreeMap::<LineKind, u64>::new(), 0_u64);
    let truth = headroom_simulator::run(&args.options(&settings), |line| {
        *counts.entry(line.kind).or_default() += 1;
        lines += 1;
        if lines.is_multiple_of(CHECK_EVERY) {
            check_interrupt()?;
            progress.set_message(format!("{} lines", grouped(lines)));
        }
        events.line(&line.bytes)
    })?;
    truth.write_to(&mut truth_output).map_err(CliError::write(&truth_path))?;
    let (events, truth) = (events.finish()?, truth_output.finish()?);
    events.publish()?;
    truth.publish()?;
    progress.finish_and_clear();
    if !args.quiet {
        summary(args, &counts, &truth_path);
    }
    Ok(Done::Well)
}

impl Args {
    fn truth_path(&self) -> Result<PathBuf, CliError> {
        let truth = match &self.truth {
            Some(truth) => truth.clone(),
            None if is_standard(&self.out) => {
                let message = "with --out -, say where the true rows go: --truth FILE";
                return Err(CliError::Usage(message.to_owned()));
            }
            None => truth_beside(&self.out),
        };
        let inputs = self.settings.as_deref().map(|path| ("--settings", path));
        let outputs = [("--out", self.out.as_path()), ("--truth", truth.as_path())];
        check_outputs(inputs.as_slice(), &outputs)?;
        Ok(truth)
    }

    fn options(&self, settings: &Settings) -> Options {
        let load = match (self.rate, self.length) {
            (Some(per_second), Some(duration_seconds)) => {
                Load::Rate { per_second, duration_seconds }
            }
            _ => Load::Conversations(self.conversations),
        };
        let feed = if self.metrics_topic { Feed::Both } else { Feed::Detail };
        let (seed, start, faults) = (self.seed, self.start, self.faults);
        Options { seed, start, load, feed, faults, rules: rules(settings) }
    }
}

/// The settings as the simulator takes them: as they are in force at all times, since a settings
/// file has no others.
pub fn rules(settings: &Settings) -> Rules {
    let always = Millis(0);
    let mut levels = ServiceLevels::default();
    for (media, level) in &settings.media {
        levels = levels.with_media(media.as_str(), level.at(always).duration.0);
    }
    for ((queue, media), level) in &settings.queues {
        let queue = queue.to_string();
        levels = levels.with_queue(&queue, media.as_str(), level.at(always).duration.0);
    }
    Rules {
        time_zone: settings.calendar.zone().clone(),
        interval_minutes: settings.calendar.interval_minutes(),
        short_abandon_ms: settings.short_abandon.at(always).0,
        service_level_ms: levels,
    }
}

/// `day.ndjson` and `day.ndjson.gz` have their truth in `day.truth.ndjson`.
fn truth_beside(events: &Path) -> PathBuf {
    let plain = if events.extension().is_some_and(|end| end == "gz") {
        events.with_extension("")
    } else {
        events.to_owned()
    };
    plain.with_extension("truth.ndjson")
}

fn summary(args: &Args, counts: &BTreeMap<LineKind, u64>, truth: &Path) {
    let line = |kind, what| {
        let count = grouped(counts.get(&kind).copied().unwrap_or(0));
        tell(format_args!("{count:>12}  {what}"));
    };
    line(LineKind::Event, "events that count");
    line(LineKind::Repeat, "repeats of them");
    line(LineKind::Unused, "events of topics that the engine has no use for");
    line(LineKind::Broken, "broken lines");
    let (events, truth) = (args.out.display(), truth.display());
    tell(format_args!("events in {events}, the true rows in {truth}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_truth_has_a_name_beside_the_events() {
        for events in ["a/day.ndjson", "a/day.ndjson.gz", "a/day"] {
            assert_eq!(truth_beside(Path::new(events)), Path::new("a/day.truth.ndjson"));
        }
    }

    #[test]
    fn lengths_are_read_as_people_write_them() {
        assert_eq!(length("90m"), Ok(5_400.0));
        assert_eq!(length("1d"), Ok(86_400.0));
        assert!(length("0s").is_err());
        assert!(length("soon").is_err());
    }
}
