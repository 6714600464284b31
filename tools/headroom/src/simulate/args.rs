//! The command line of `headroom simulate`, and the simulator's options that follow from it.

use super::stand_in::StandInArgs;
use crate::CliError;
use crate::files::{PathArgument, STANDARD, check_outputs, is_standard};
use crate::time;
use headroom_kpi::{Millis, Settings};
use headroom_simulator::{
    AgentRules, Assumptions, Faults, Feed, Load, Options, Rules, ServiceLevels,
};
use jiff::Timestamp;
use std::path::{Path, PathBuf};

/// Makes the events of a simulated contact centre, and the rows that are true of it
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  headroom simulate --out day.ndjson                    1,000 conversations; truth in day.truth.ndjson
  headroom simulate --rate 2 --for 4h --out day.ndjson.gz --truth rows.ndjson
  headroom simulate --metrics-topic --faults dup=0.3,reorder=0.1,garbage=0.03 --out hard.ndjson
  headroom simulate --live --rate 2 | headroom put --bus headroom -
  headroom simulate --metrics-topic --out day.ndjson --api 127.0.0.1:8430
  headroom simulate --agents --rate 0.5 --for 8h --out shift.ndjson
  headroom simulate --agents --live --rate 2 --api 127.0.0.1:8430 | headroom put --bus headroom -
Faults are shares of all events, 0 to 1:
  dup      delivered again      reorder  moved by seconds to minutes
  late     moved by hours       lose     never delivered
  garbage  broken lines, on top of all events
or a stretch of time in which nothing is delivered, by its start in the run and its length:
  outage=40m+20m
Assumptions say what Genesys does where no capture shows it (docs/kpis.md, open questions), by name:
  --assume alerts-expire,answers-on-queue-session
With --agents, agents have breaks, meetings, calls with colleagues and lost connections, and queues that
change: their events come as well (v2.users.{id}.activity; presence, routingStatus and
v2.routing.queues.{id}.users for some seeds), with the same faults, their rows are in the truth, and the
stand-in answers about them. It is another world: the same seed has other conversations.
The same seed and options give the same files. With --live, events come at the pace of real time,
from now until --for is over or Ctrl-C, one line at a time; their number follows the hour of the day.
With --api, a stand-in of Genesys' Platform API answers over HTTP: with --live as of now, while events
come; else as of the end of the run, once the files are written, until Ctrl-C. The login is at the
same address, and the limit is 300 requests per minute and token. GET /stand-in/asked reports the
requests so far, PUT /stand-in/faults sets faults. Port 0 takes a free one.
Exit codes:
  0  done (an endless --live and --api without --live end so with Ctrl-C)
  2  the command line is wrong
  3  something could not be read or written; output files are unchanged
  130  interrupted; output files are unchanged")]
// Each is an argument of its own.
#[allow(clippy::struct_excessive_bools)]
pub struct Args {
    /// Seed of the random numbers
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Number of conversations
    #[arg(long, value_name = "N", default_value_t = 1_000, conflicts_with_all = ["rate", "length", "live"])]
    conversations: u64,
    /// Conversations per second in an average hour, instead of their number [default with --live: 1]
    #[arg(long, value_name = "PER_S", value_parser = rate)]
    pub(super) rate: Option<f64>,
    /// Length of a run with --rate or --live: `90m`, `4h`, `1d`
    #[arg(long = "for", id = "length", value_name = "DURATION", value_parser = length)]
    pub(super) length: Option<f64>,
    /// Emit events at the pace of real time, from now on
    #[arg(long, conflicts_with = "start")]
    pub(super) live: bool,
    /// Start of the run
    #[arg(long, value_name = "TIME", default_value = "2026-05-12T06:00:00Z")]
    start: Timestamp,
    /// Publish Genesys' own metric events as well
    #[arg(long)]
    metrics_topic: bool,
    /// Agents with lives of their own: shifts, breaks, lost connections, queues that change
    #[arg(long)]
    agents: bool,
    /// Faults of delivery: dup=S,reorder=S,late=S,lose=S,garbage=S,outage=T+T
    #[arg(long, value_name = "FAULTS", default_value = "")]
    faults: Faults,
    /// What Genesys does where no capture shows it: names, separated by commas
    #[arg(long = "assume", value_name = "NAMES", default_value = "", hide_default_value = true)]
    assumptions: Assumptions,
    /// Settings under which the truth is computed (JSON; see the README)
    #[arg(long, value_name = "FILE")]
    pub(super) settings: Option<PathBuf>,
    /// Where events go, with --live the standard output by default; `.gz` compresses
    #[arg(long, value_name = "FILE", required_unless_present = "live")]
    pub(super) out: Option<PathBuf>,
    /// Where the true rows go; by default NAME.truth.ndjson beside the events, with --live nowhere
    #[arg(long, value_name = "FILE")]
    pub(super) truth: Option<PathBuf>,
    #[command(flatten)]
    pub(super) stand_in: StandInArgs,
    /// No summary and no progress
    #[arg(long, short)]
    pub(super) quiet: bool,
}

/// Highest `--rate`, in conversations per second: far above any contact centre.
const RATE_MAX: f64 = 10_000.0;

fn rate(text: &str) -> Result<f64, String> {
    let rate: f64 = text.parse().map_err(|_| "use a number such as 0.5".to_owned())?;
    if rate > 0.0 && rate <= RATE_MAX {
        return Ok(rate);
    }
    Err(format!("use a number above 0, up to {RATE_MAX}"))
}

/// A duration in seconds.
fn length(text: &str) -> Result<f64, String> {
    let seconds = time::length(text).map(|length| length.as_secs_f64());
    let seconds = seconds.filter(|seconds| *seconds > 0.0);
    seconds.ok_or_else(|| "use a time such as 90m, 4h or 1d".to_owned())
}

impl Args {
    /// Where the events and the true rows go, of a run that is not live.
    pub(super) fn paths(&self) -> Result<(PathBuf, PathBuf), CliError> {
        let out = self.out.clone().unwrap_or_else(|| STANDARD.into());
        let truth = match &self.truth {
            Some(truth) => truth.clone(),
            None if is_standard(&out) => {
                let message = "with --out -, say where the true rows go: --truth FILE";
                return Err(CliError::Usage(message.to_owned()));
            }
            None => truth_beside(&out),
        };
        self.check_paths(&[("--out", &out), ("--truth", &truth)])?;
        Ok((out, truth))
    }

    pub(super) fn check_paths(&self, outputs: &[PathArgument<'_>]) -> Result<(), CliError> {
        let inputs = self.settings.as_deref().map(|path| ("--settings", path));
        check_outputs(inputs.as_slice(), outputs)
    }

    pub(super) fn options(&self, settings: &Settings) -> Result<Options, CliError> {
        let load = match (self.rate, self.length) {
            (Some(per_second), Some(duration_seconds)) => {
                Load::Rate { per_second, duration_seconds }
            }
            (None, None) => Load::Conversations(self.conversations),
            _ => {
                let message = "--rate and --for go together: give both, or neither (see --help)";
                return Err(CliError::Usage(message.to_owned()));
            }
        };
        Ok(self.options_for(load, self.start, settings))
    }

    pub(super) fn options_for(&self, load: Load, start: Timestamp, settings: &Settings) -> Options {
        let feed = if self.metrics_topic { Feed::Both } else { Feed::Detail };
        let (seed, faults, assumptions) = (self.seed, self.faults, self.assumptions);
        let (rules, agents) = (rules(settings), self.agents);
        Options { seed, start, load, feed, faults, rules, assumptions, agents }
    }
}

/// The simulator's rules that are equal to these settings. A settings file has one value for all
/// times, so the values that apply at time 0 are taken.
pub fn rules(settings: &Settings) -> Rules {
    let epoch = Millis(0);
    let mut levels = ServiceLevels::default();
    for (media, level) in &settings.media {
        levels = levels.with_media(media.as_str(), level.value_at(epoch).duration.0);
    }
    for ((queue, media), level) in &settings.queues {
        let queue = queue.to_string();
        levels = levels.with_queue(&queue, media.as_str(), level.value_at(epoch).duration.0);
    }
    Rules {
        time_zone: settings.calendar.zone().clone(),
        interval_minutes: settings.calendar.interval_minutes(),
        short_abandon_ms: settings.short_abandon.value_at(epoch).0,
        service_level_ms: levels,
        agents: AgentRules {
            organization_presence: settings.agents.organization_presence,
            absence: settings.agents.absence,
        },
    }
}

/// The default of `--truth`: `day.truth.ndjson` for both `day.ndjson` and `day.ndjson.gz`.
fn truth_beside(events: &Path) -> PathBuf {
    let plain = if events.extension().is_some_and(|extension| extension == "gz") {
        events.with_extension("")
    } else {
        events.to_owned()
    };
    plain.with_extension("truth.ndjson")
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
