//! What is missing of an agent, and when the changes of the agent are to be read from the Platform
//! API (`kpis.md#agent-gaps`).
//!
//! An event tells a change and nothing of the one before, so only some losses leave a trace.

use super::gap::{Due, Urgency};
use crate::facts::Agent;
use crate::facts::agent::{Presence, Run, Runs, SAME_WITHIN};
use crate::settings::values::Settings;
use crate::status::Status;
use crate::time::Millis;

/// A presence and a routing status that exclude each other for so long are a gap.
const MISMATCH_AFTER: Millis = Millis(2 * 60_000);

/// How long after the newest fact an event may still come.
const GRACE_PERIOD: Millis = Millis(60_000);

/// Something missing, and the time by which it shows.
struct AgentGap {
    rule: &'static str,
    urgency: Urgency,
    at: Millis,
}

/// When an agent is due for a read of all changes; `None` if nothing seems to be missing. A gap that
/// showed before the newest such read is none: the API knows no more.
pub(super) fn due(agent: &Agent, settings: &Settings) -> Option<Due> {
    let newest = agent.newest_event_time()?;
    let mut gaps = mismatches(agent);
    if settings.agents.repeated_status_is_gap {
        gaps.extend(repeats(agent));
    }
    gaps.retain(|gap| agent.details_until.is_none_or(|until| gap.at > until));
    let due = |gap: AgentGap| Due {
        urgency: gap.urgency,
        at: settings.gaps.rounded_up(gap.at.max(newest + GRACE_PERIOD)),
        rule: gap.rule,
    };
    gaps.into_iter().map(due).min_by_key(|due| (due.at, due.urgency))
}

/// Routing statuses that begin again: whatever was in between is missing.
fn repeats(agent: &Agent) -> impl Iterator<Item = AgentGap> {
    let changes = agent.routing.effective();
    let repeats = (1..changes.len()).filter_map(move |position| {
        let [(before, first), (at, second)] = [changes[position - 1], changes[position]];
        (first == second && at - before > SAME_WITHIN).then_some(at)
    });
    let gap = |at| AgentGap { rule: "repeated_status", urgency: Urgency::Historical, at };
    repeats.collect::<Vec<_>>().into_iter().map(gap)
}

/// Times in which presence and routing status exclude each other: one who is on queue has a routing
/// status of the queue, and one who is offline has none.
fn mismatches(agent: &Agent) -> Vec<AgentGap> {
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
) -> Option<AgentGap> {
    let excludes = match presence.value.system {
        ref system if *system == Status::ON_QUEUE => routing.value == Status::OFF_QUEUE,
        ref system if *system == Status::OFFLINE => routing.value != Status::OFF_QUEUE,
        _ => false,
    };
    let shows_at = presence.since.max(routing.since) + MISMATCH_AFTER;
    let end = presence_end.into_iter().chain(routing_end).min();
    if !excludes || end.is_some_and(|end| end < shows_at) {
        return None;
    }
    let urgency = if end.is_none() { Urgency::Gauge } else { Urgency::Historical };
    Some(AgentGap { rule: "status_mismatch", urgency, at: shows_at })
}
