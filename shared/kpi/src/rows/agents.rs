//! From the facts of an agent to contributions (`kpis.md#agents`).

use super::agent_measure::{AgentGauge, AgentMeasure, OrganizationMetric, StatusMetric};
use super::amounts::Amounts;
use super::contributions::Contributions;
use super::key::{RowKey, Subject};
use super::measure::Measure;
use super::waiting::TaggedSecond;
use crate::bucket::Bucket;
use crate::facts::Agent;
use crate::facts::agent::{Runs, STRETCH_MAX, Stretch, closed_stretches};
use crate::id::Id;
use crate::limits::{AGENT_QUEUES_MAX, ORGANIZATION_PRESENCES_MAX};
use crate::settings::agents::AgentSettings;
use crate::settings::values::Settings;
use crate::status::Status;
use crate::time::Millis;
use std::collections::{BTreeMap, BTreeSet};

/// The contributions of an agent.
pub(super) fn build_agent(agent: &Agent, settings: &Settings) -> Contributions {
    let runs = agent.runs();
    let newest = agent.newest_event_time().unwrap_or_default();
    let current = &settings.in_force(newest).agents;
    let mut rows = AgentRows { agent, settings, current, rows: BTreeMap::new() };
    rows.add_routing(&runs);
    rows.add_presence(&runs);
    if current.rows {
        rows.add_values(&runs);
    }
    rows.add_staffing(&runs);
    rows.finish()
}

struct AgentRows<'a> {
    agent: &'a Agent,
    settings: &'a Settings,
    /// In force at the newest fact: they decide on what is so now.
    current: &'a AgentSettings,
    rows: BTreeMap<RowKey, Vec<(Measure, i64)>>,
}

impl AgentRows<'_> {
    /// The time of each routing status, and how often it began.
    fn add_routing(&mut self, runs: &Runs) {
        for stretch in closed_stretches(&runs.routing) {
            if !self.is_booked(&stretch, *stretch.value == Status::OFF_QUEUE) {
                continue;
            }
            let measure = |metric| status_measure(metric, stretch.value);
            self.add_time(&stretch, &measure(StatusMetric::RoutingTime));
            for bucket in buckets(self.settings, stretch.start) {
                self.add(bucket, measure(StatusMetric::RoutingCount), 1);
            }
        }
    }

    /// The time of each presence, of the system and of the organisation.
    fn add_presence(&mut self, runs: &Runs) {
        for stretch in closed_stretches(&runs.presence) {
            if !self.is_booked(&stretch, stretch.value.system == Status::OFFLINE) {
                continue;
            }
            let system = status_measure(StatusMetric::PresenceTime, &stretch.value.system);
            self.add_time(&stretch, &system);
            if let Some(id) = self.organization(stretch.value.organization.as_ref(), stretch.start)
            {
                self.add_time(&stretch, &organization_measure(OrganizationMetric::Time, id));
            }
        }
    }

    /// An organisation presence, if such ones count when it begins.
    fn organization(&self, id: Option<&Id>, start: Millis) -> Option<Box<str>> {
        let id = id.filter(|_| self.settings.in_force(start).agents.organization_presence)?;
        Some(id.to_string().into())
    }

    fn is_booked<T>(&self, stretch: &Stretch<'_, T>, is_absence: bool) -> bool {
        let agents = &self.settings.in_force(stretch.start).agents;
        let is_wanted = agents.rows && (agents.absence || !is_absence);
        is_wanted && stretch.end - stretch.start <= STRETCH_MAX
    }

    fn add_time<T>(&mut self, stretch: &Stretch<'_, T>, measure: &Measure) {
        add_time(self.settings, stretch.start, stretch.end, |buckets, time| {
            for bucket in buckets {
                self.add(bucket, measure.clone(), time);
            }
        });
    }

    /// What is so now. These are values, and no sums: no other entity contributes to this row.
    fn add_values(&mut self, runs: &Runs) {
        if let Some(run) = runs.routing.last() {
            let measure = status_measure(StatusMetric::RoutingSince, &run.value);
            self.add(Bucket::Now, measure, run.since.0);
        }
        if let Some(run) = runs.presence.last() {
            let measure = status_measure(StatusMetric::PresenceSince, &run.value.system);
            self.add(Bucket::Now, measure, run.since.0);
            if let Some(id) = self.organization(run.value.organization.as_ref(), run.since) {
                let measure = organization_measure(OrganizationMetric::Since, id);
                self.add(Bucket::Now, measure, run.since.0);
            }
        }
        let is_out = self.agent.out_of_office.is_some_and(|(_, active)| active);
        self.add(Bucket::Now, gauge(AgentGauge::OutOfOffice), i64::from(is_out));
    }

    /// What the agent adds to the staffing of queues.
    fn add_staffing(&mut self, runs: &Runs) {
        let mut queues = self.agent.queues();
        queues.retain(|queue| self.current.is_wanted(queue));
        self.add_truncated(queues.len().saturating_sub(AGENT_QUEUES_MAX));
        let measures = staffing(&self.agent.user, runs);
        for queue in queues.into_iter().take(AGENT_QUEUES_MAX) {
            let subject = Subject::QueueAgents(queue.clone());
            let row = self.rows.entry(RowKey { subject, bucket: Bucket::Now }).or_default();
            row.push((gauge(AgentGauge::Members), 1));
            if self.agent.has_joined(queue) {
                row.push((gauge(AgentGauge::Active), 1));
                row.extend(measures.iter().map(|measure| (measure.clone(), 1)));
            }
        }
    }

    fn add_truncated(&mut self, queues: usize) {
        if self.current.rows {
            let queues = i64::try_from(queues).unwrap_or(i64::MAX);
            self.add(Bucket::Now, gauge(AgentGauge::Truncated), queues);
        }
    }

    fn add(&mut self, bucket: Bucket, measure: Measure, amount: i64) {
        let subject = Subject::AgentStatus(self.agent.user.clone());
        self.rows.entry(RowKey { subject, bucket }).or_default().push((measure, amount));
    }

    fn finish(self) -> Contributions {
        let mut contributions = Contributions::default();
        for (key, mut amounts) in self.rows {
            limit_organizations(&mut amounts);
            let amounts: Amounts = amounts.into_iter().collect();
            contributions.open_row().extend_from_slice(&amounts);
            contributions.close_row(key);
        }
        contributions
    }
}

/// Calls `add` with each part of a stretch, in milliseconds, and the two buckets that it lies in.
/// It is split at the borders of intervals, and where the settings change. No interval lies in two
/// days (see [`Calendar`](crate::Calendar)), so that splits it at the borders of days too.
pub(super) fn add_time(
    settings: &Settings,
    mut start: Millis,
    end: Millis,
    mut add: impl FnMut([Bucket; 2], i64),
) {
    while start < end {
        let border = settings.in_force(start).calendar.next_interval(start);
        let change = settings.next_change(start).unwrap_or(border);
        let part_end = border.min(change).min(end);
        add(buckets(settings, start), (part_end - start).0);
        start = part_end;
    }
}

fn buckets(settings: &Settings, time: Millis) -> [Bucket; 2] {
    let calendar = &settings.in_force(time).calendar;
    [calendar.interval(time), calendar.day(time)]
}

/// What one who has joined a queue counts as, beside `oActiveUsers`.
fn staffing(user: &Id, runs: &Runs) -> Vec<Measure> {
    let routing = runs.routing.last();
    let presence = runs.presence.last().map(|run| &run.value.system);
    let is_on_queue = match presence {
        Some(presence) => *presence == Status::ON_QUEUE,
        None => routing.is_some_and(|run| run.value != Status::OFF_QUEUE),
    };
    if !is_on_queue {
        let is_shown = runs.is_known() && presence != Some(&Status::OFFLINE);
        let measure =
            || status_measure(StatusMetric::OffQueue, presence.unwrap_or(&Status::UNKNOWN));
        return is_shown.then(measure).into_iter().collect();
    }
    let status = routing.map_or(&Status::UNKNOWN, |run| &run.value);
    let mut measures = vec![status_measure(StatusMetric::OnQueue, status)];
    if let Some(run) = routing.filter(|run| run.value == Status::IDLE) {
        let idle = TaggedSecond { second: run.since.seconds(), tag: user.last_byte() };
        measures.push(agent_measure(AgentMeasure::IdleSince(idle)));
    }
    measures
}

/// Renames the organisation presences of a row that are too many.
fn limit_organizations(amounts: &mut [(Measure, i64)]) {
    let organizations: BTreeSet<Box<str>> = amounts
        .iter()
        .filter_map(|(measure, _)| organization_time(measure))
        .map(Box::from)
        .collect();
    let rare: BTreeSet<_> = organizations.into_iter().skip(ORGANIZATION_PRESENCES_MAX).collect();
    if rare.is_empty() {
        return;
    }
    for (measure, _) in amounts {
        if organization_time(measure).is_some_and(|id| rare.contains(id)) {
            *measure = organization_measure(OrganizationMetric::Time, "other".into());
        }
    }
}

fn organization_time(measure: &Measure) -> Option<&str> {
    let Measure::Agent(measure) = measure else { return None };
    match &**measure {
        AgentMeasure::Organization(OrganizationMetric::Time, id) => Some(id),
        _ => None,
    }
}

fn agent_measure(measure: AgentMeasure) -> Measure {
    Measure::Agent(Box::new(measure))
}

pub(super) fn status_measure(metric: StatusMetric, status: &Status) -> Measure {
    agent_measure(AgentMeasure::Status(metric, status.clone()))
}

pub(super) fn organization_measure(metric: OrganizationMetric, id: Box<str>) -> Measure {
    agent_measure(AgentMeasure::Organization(metric, id))
}

fn gauge(gauge: AgentGauge) -> Measure {
    agent_measure(AgentMeasure::Gauge(gauge))
}
