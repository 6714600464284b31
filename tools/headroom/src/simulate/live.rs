//! `headroom simulate --live`: events at the pace of real time.

use super::args::Args;
use super::counts::LineCounts;
use super::stand_in::StandIn;
use crate::files::{Output, STANDARD};
use crate::terminal::sleep_while;
use crate::{CliError, Outcome};
use headroom_kpi::Settings;
use headroom_simulator::{Load, Truth, run_recorded};
use jiff::Timestamp;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

/// Conversations per second without `--rate`: a centre of some dozens of agents.
const RATE_DEFAULT: f64 = 1.0;
/// Length of a run without `--for`, in seconds: a century, since the simulator needs an end.
const ENDLESS_S: f64 = 100.0 * 365.25 * 86_400.0;

/// Runs the command with `--live`.
pub(super) fn run(args: &Args, settings: &Settings) -> Result<Outcome, CliError> {
    let out = args.out.as_deref().unwrap_or(Path::new(STANDARD));
    let truth_argument = args.truth.as_deref().map(|path| ("--truth", path));
    let outputs: Vec<_> = std::iter::once(("--out", out)).chain(truth_argument).collect();
    args.check_paths(&outputs)?;
    let mut events = Output::create_live(out)?;
    let mut counts = LineCounts::new(args.quiet);
    let truth = match simulate(args, settings, &mut events, &mut counts) {
        // An endless run can only end by an interrupt.
        Err(CliError::Interrupted) if args.length.is_none() => None,
        result => Some(result?),
    };
    events.finish()?.publish()?;
    if let (Some(path), Some(truth)) = (&args.truth, truth) {
        let mut output = Output::create(Some(path))?;
        truth.write_to(&mut output).map_err(CliError::write(path))?;
        output.finish()?.publish()?;
    }
    counts.print(format_args!("events went to {}", out.display()));
    Ok(Outcome::Success)
}

fn simulate(
    args: &Args,
    settings: &Settings,
    events: &mut Output,
    counts: &mut LineCounts,
) -> Result<Truth, CliError> {
    let mut stand_in = StandIn::bind(&args.stand_in)?;
    let archive = stand_in.as_ref().map(|stand_in| stand_in.archive().clone());
    stand_in.as_mut().map_or(Ok(()), StandIn::serve)?;
    let start = Timestamp::now();
    let duration_seconds = args.length.unwrap_or(ENDLESS_S);
    let load = Load::Rate { per_second: args.rate.unwrap_or(RATE_DEFAULT), duration_seconds };
    let end_ms = start.as_millisecond().saturating_add(to_ms(duration_seconds));
    let options = args.options_for(load, start, settings);
    run_recorded(&options, archive.as_ref(), |line| {
        if let Some(stand_in) = &mut stand_in {
            stand_in.forget_old(line.due_ms);
        }
        // Events due after the end of the run, such as late ones, are emitted at its end.
        let due_ms = line.due_ms.min(end_ms);
        sleep_while(|| remaining(due_ms, Timestamp::now().as_millisecond()))?;
        counts.count(line.kind);
        counts.show();
        events.line(&line.bytes)?;
        events.flush().map_err(CliError::write(args.out.as_deref().unwrap_or(Path::new(STANDARD))))
    })
}

/// How long it takes until `due_ms`; zero if it has passed.
fn remaining(due_ms: i64, now_ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(due_ms.saturating_sub(now_ms)).unwrap_or(0))
}

#[allow(clippy::cast_possible_truncation)]
fn to_ms(seconds: f64) -> i64 {
    (seconds * 1_000.0) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_that_is_due_or_overdue_is_not_waited_for() {
        assert_eq!(remaining(1_000, 1_000), Duration::ZERO);
        assert_eq!(remaining(1_000, 5_000), Duration::ZERO);
        assert_eq!(remaining(1_030, 1_000), Duration::from_millis(30));
    }
}
