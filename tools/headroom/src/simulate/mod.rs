//! `headroom simulate`: the events of a simulated contact centre, and the true rows of its KPIs.

mod args;
mod counts;
mod live;
mod server;
mod stand_in;

pub use args::{Args, rules};

use crate::files::Output;
use crate::replay::settings;
use crate::terminal::check_interrupt;
use crate::{CliError, Outcome};
use counts::LineCounts;
use headroom_kpi::Settings;
use headroom_simulator::run_recorded;
use stand_in::StandIn;

/// Number of lines between two checks for an interrupt.
const CHECK_EVERY: u64 = 4_096;

/// Runs the command.
pub fn run(args: &Args) -> Result<Outcome, CliError> {
    let settings = settings(args.settings.as_deref())?;
    if args.live { live::run(args, &settings) } else { write_files(args, &settings) }
}

/// Writes the events and the true rows of a whole run, as fast as possible.
fn write_files(args: &Args, settings: &Settings) -> Result<Outcome, CliError> {
    let (out, truth_path) = args.paths()?;
    let options = args.options(settings)?;
    let mut stand_in = StandIn::bind(&args.stand_in)?;
    let mut events = Output::create(Some(&out))?;
    let mut truth_output = Output::create(Some(&truth_path))?;
    let mut counts = LineCounts::new(args.quiet);
    let archive = stand_in.as_ref().map(StandIn::archive);
    let truth = run_recorded(&options, archive, |line| {
        counts.count(line.kind);
        if counts.lines.is_multiple_of(CHECK_EVERY) {
            check_interrupt()?;
            counts.show();
        }
        events.line(&line.bytes)
    })?;
    truth.write_to(&mut truth_output).map_err(CliError::write(&truth_path))?;
    let (finished_events, finished_truth) = (events.finish()?, truth_output.finish()?);
    finished_events.publish()?;
    finished_truth.publish()?;
    let (out, truth_path) = (out.display(), truth_path.display());
    counts.print(format_args!("events in {out}, the true rows in {truth_path}"));
    stand_in.as_mut().map_or(Ok(()), StandIn::serve_until_interrupt)?;
    Ok(Outcome::Success)
}
