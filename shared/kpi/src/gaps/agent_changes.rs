//! What is missing of an agent, and when the changes of the agent are to be read from the Platform
//! API (`kpis.md#agent-gaps`).
//!
//! An event tells a change and nothing of the one before, so only some losses leave a trace.

use super::gap::{Due, Gap, Urgency};
use crate::facts::Agent;
use crate::facts::agent::{Presence, Run, Runs, SAME_WITHIN};
use crate::settings::values::Settings;
use crate::status::Status;
use crate::time::{MINUTE_MS, Millis};

/// A presence and a routing status that exclude each other for so long are a gap.
const MISMATCH_AFTER: Millis = Millis(2 * MINUTE_MS);

/// A call may outlive the presence by so long.
const WORK_OUTLASTS: Millis = Millis(30 * MINUTE_MS);

/// How long after the newest fact an event may still come.
const GRACE_PERIOD: Millis = Millis(MINUTE_MS);

/// When an agent is due for a read of all changes; `None` if nothing seems to be missing. A gap that
/// showed before the newest such read is none: the API knows no more.
pub(super) fn due(agent: &Agent, settings: &Settings) -> Option<Due> {
    let newest = agent.newest_event_time()?;
    let settings = settings.in_force(newest);
    let mut gaps = mismatches(agent);
    if settings.agents.repeated_status_is_gap {
        gaps.extend(repeats(agent));
    }
    gaps.retain(|gap| agent.details_until.is_none_or(|until| gap.not_before > until));
    let due = |gap: Gap| Due {
        urgency: gap.urgency,
        at: settings.gaps.rounded_up(gap.not_before.max(newest + GRACE_PERIOD)),
        rule: gap.rule,
    };
    gaps.into_iter().map(due).min_by_key(|due| (due.at, due.urgency))
}

/// Routing statuses that begin again: whatever was in between is missing.
fn repeats(agent: &Agent) -> Vec<Gap> {
    let gap = |[(before, first), (at, second)]: &[(Millis, &Status); 2]| {
        let is_repeat = first == second && *at - *before > SAME_WITHIN;
        is_repeat.then_some(Gap { not_before: *at, ..Gap::historical("repeated_status") })
    };
    agent.routing.effective().array_windows().filter_map(gap).collect()
}

/// Times in which presence and routing status exclude each other: one who is on queue has a routing
/// status of the queue, and one who is offline has none.
fn mismatches(agent: &Agent) -> Vec<Gap> {
    let Runs { routing, presence } = agent.runs();
    let mut gaps = Vec::new();
    for (presence, end) in spans(&presence) {
        let first = routing.partition_point(|run| run.since <= presence.since).saturating_sub(1);
        let overlap =
            spans(&routing[first..]).take_while(|(run, _)| end.is_none_or(|end| run.since < end));
        gaps.extend(overlap.filter_map(|routing| mismatch((presence, end), routing)));
    }
    gaps
}

fn spans<T>(runs: &[Run<T>]) -> impl Iterator<Item = Span<'_, T>> {
    let ends = runs.iter().skip(1).map(|next| Some(next.since)).chain([None]);
    runs.iter().zip(ends)
}

/// A run with its end; none if it is open.
type Span<'a, T> = (&'a Run<T>, Option<Millis>);

fn mismatch(
    (presence, presence_end): Span<'_, Presence>,
    (routing, routing_end): Span<'_, Status>,
) -> Option<Gap> {
    let is_off_queue = routing.value == Status::OFF_QUEUE;
    let tolerance = match &presence.value.system {
        system if *system == Status::ON_QUEUE && is_off_queue => MISMATCH_AFTER,
        system if *system == Status::OFFLINE && !is_off_queue => WORK_OUTLASTS,
        _ => return None,
    };
    let shows_at = presence.since.max(routing.since) + tolerance;
    let end = presence_end.into_iter().chain(routing_end).min();
    if end.is_some_and(|end| end < shows_at) {
        return None;
    }
    let urgency = if end.is_none() { Urgency::Gauge } else { Urgency::Historical };
    Some(Gap { rule: "status_mismatch", urgency, not_before: shows_at })
}
