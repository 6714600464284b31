//! The rows of agents that follow from the Platform API alone.

use super::contents::Agent;
use crate::Truth;
use crate::agents::{Change, Presence, RoutingStatus, current};
use crate::truth::AgentNow;
use std::ops::Range;

/// Adds the rows of an agent as of a time. Of one without a history nothing is known.
pub(super) fn add_agent(agent: &Agent, as_of: i64, truth: &mut Truth) {
    if agent.history.routing.is_empty() || agent.hired > as_of {
        return;
    }
    let presence = runs(&agent.history.presence, as_of);
    let mut routing = runs(&agent.history.routing, as_of);
    routing.extend(cut(&routing, &presence));
    for (status, stretch) in stretches(&routing) {
        truth.agents.add_routing((agent.user, status), &stretch);
    }
    for (presence, stretch) in stretches(&presence) {
        truth.agents.add_presence((agent.user, presence), &stretch);
    }
    let queues = |changes| current(changes, as_of).map_or_else(Default::default, |c| c.value);
    truth.agents.add_now(&AgentNow {
        user: agent.user,
        routing: routing.last().map(|run| (run.value, run.at)),
        presence: presence.last().map(|run| (run.value, run.at)),
        joined: queues(&agent.history.joined),
        members: queues(&agent.history.members),
        is_out_of_office: current(&agent.history.out_of_office, as_of).is_some_and(|c| c.value),
    });
}

/// The changes up to a time; equal neighbours are one.
fn runs<T: Copy + PartialEq>(changes: &[Change<T>], as_of: i64) -> Vec<Change<T>> {
    let mut runs: Vec<_> = changes.iter().filter(|change| change.at <= as_of).copied().collect();
    runs.dedup_by(|next, run| next.value == run.value);
    runs
}

/// If the presence has changed and the routing status not yet, that is off queue all the same
/// (`kpis.md#agent-stretches`). Between others the world leaves less time.
fn cut(
    routing: &[Change<RoutingStatus>],
    presence: &[Change<Presence>],
) -> Option<Change<RoutingStatus>> {
    let last = routing.last()?;
    if !matches!(last.value, RoutingStatus::Idle | RoutingStatus::NotResponding) {
        return None;
    }
    let is_later = |change: &&Change<Presence>| change.at >= last.at;
    let mut later = presence.iter().filter(is_later);
    let off_queue = later.find(|change| !change.value.is_on_queue())?;
    Some(Change { at: off_queue.at, value: RoutingStatus::OffQueue })
}

fn stretches<T: Copy>(runs: &[Change<T>]) -> impl Iterator<Item = (T, Range<i64>)> {
    runs.windows(2).map(|pair| (pair[0].value, pair[0].at..pair[1].at))
}
