//! Events at the pace of real time.

use super::stand_in::StandIn;
use super::{Args, LineCounts, simulated};
use crate::files::{Output, STANDARD};
use crate::terminal::check_interrupt;
use crate::{CliError, Outcome};
use headroom_kpi::Settings;
use headroom_simulator::{Load, Truth};
use jiff::Timestamp;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

/// Conversations per second, if nothing else is said: a live centre of some dozens of agents.
const RATE: f64 = 1.0;
/// Without an end: a century, since the simulator counts time in milliseconds.
const ENDLESS_S: f64 = 100.0 * 365.25 * 86_400.0;
/// Between two looks at whether to go on, while nothing is due.
const NAP: Duration = Duration::from_millis(100);

/// Runs the command with `--live`.
pub(super) fn run(args: &Args, settings: &Settings) -> Result<Outcome, CliError> {
    let out = args.out.as_deref().unwrap_or(Path::new(STANDARD));
    let truth = args.truth.as_deref().map(|path| ("--truth", path));
    let outputs: Vec<_> = std::iter::once(("--out", out)).chain(truth).collect();
    args.check_paths(&outputs)?;
    let mut events = Output::create_live(out)?;
    let mut counts = LineCounts::new(args.quiet);
    let truth = match simulate(args, settings, &mut events, &mut counts) {
        Err(CliError::Interrupted) if args.length.is_none() => None,
        truth => Some(truth?),
    };
    events.finish()?.publish()?;
    if let (Some(path), Some(truth)) = (&args.truth, truth) {
        let mut output = Output::create(Some(path))?;
        truth.write_to(&mut output).map_err(CliError::write(path))?;
        output.finish()?.publish()?;
    }
    counts.sum_up(format_args!("events went to {}", out.display()));
    Ok(Outcome::Success)
}

fn simulate(
    args: &Args,
    settings: &Settings,
    events: &mut Output,
    counts: &mut LineCounts,
) -> Result<Truth, CliError> {
    let mut stand_in = StandIn::prepare(&args.stand_in)?;
    let archive = stand_in.as_ref().map(|it| it.archive().clone());
    stand_in.as_mut().map_or(Ok(()), StandIn::open)?;
    let start = Timestamp::now();
    let duration_seconds = args.length.unwrap_or(ENDLESS_S);
    let load = Load::Rate { per_second: args.rate.unwrap_or(RATE), duration_seconds };
    let end_ms = start.as_millisecond().saturating_add(to_ms(duration_seconds));
    simulated(&args.options_for(load, start, settings), archive.as_ref(), |line| {
        if let Some(stand_in) = &mut stand_in {
            stand_in.tidy(line.due_ms);
        }
        // What would come after the end comes at the end.
        wait_until(line.due_ms.min(end_ms))?;
        counts.count(line.kind);
        counts.show();
        events.line(&line.bytes)?;
        events.flush().map_err(CliError::write(args.out.as_deref().unwrap_or(Path::new(STANDARD))))
    })
}

fn wait_until(due_ms: i64) -> Result<(), CliError> {
    loop {
        check_interrupt()?;
        match nap(due_ms, Timestamp::now().as_millisecond()) {
            Duration::ZERO => return Ok(()),
            nap => std::thread::sleep(nap),
        }
    }
}

/// How long to wait before the next look.
fn nap(due_ms: i64, now_ms: i64) -> Duration {
    let left = u64::try_from(due_ms.saturating_sub(now_ms)).unwrap_or(0);
    Duration::from_millis(left).min(NAP)
}

#[allow(clippy::cast_possible_truncation)]
fn to_ms(seconds: f64) -> i64 {
    (seconds * 1_000.0) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_is_not_waited_for_and_naps_are_short() {
        assert_eq!(nap(1_000, 1_000), Duration::ZERO);
        assert_eq!(nap(1_000, 5_000), Duration::ZERO);
        assert_eq!(nap(1_030, 1_000), Duration::from_millis(30));
        assert_eq!(nap(i64::MAX, 0), NAP);
    }
}
