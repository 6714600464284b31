//! What is so of an agent now, read from the row `agent#<userId>`, bucket `now`
//! (`kpis.md#agent-status`).

use super::agent_measure::{AgentGauge, AgentMeasure, OrganizationMetric, StatusMetric};
use super::agents::{add_time, organization_measure, status_measure};
use super::amounts::Amounts;
use super::measure::Measure;
use super::row::Row;
use crate::bucket::Bucket;
use crate::facts::agent::STRETCH_MAX;
use crate::settings::values::Settings;
use crate::status::Status;
use crate::time::Millis;

/// The current statuses of an agent, each with the time since when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AgentStatus {
    /// The routing status: what happens.
    pub routing: Option<(Status, Millis)>,
    /// The presence: what the agent says.
    pub presence: Option<(Status, Millis)>,
    /// The organisation presence, by its id.
    pub organization: Option<(Box<str>, Millis)>,
    /// Whether the agent is out of office.
    pub is_out_of_office: bool,
}

/// The status that is shown of one who is out of office.
const OUT_OF_OFFICE: &str = "OUT_OF_OFFICE";

impl AgentStatus {
    /// Reads the `now` row of an agent.
    pub fn new(row: &Row) -> Self {
        let mut status = Self::default();
        for (measure, value) in &row.sums {
            let Measure::Agent(measure) = measure else { continue };
            let since = Millis(*value);
            match &**measure {
                AgentMeasure::Status(StatusMetric::RoutingSince, routing) => {
                    status.routing = Some((routing.clone(), since));
                }
                AgentMeasure::Status(StatusMetric::PresenceSince, presence) => {
                    status.presence = Some((presence.clone(), since));
                }
                AgentMeasure::Organization(OrganizationMetric::Since, id) => {
                    status.organization = Some((id.clone(), since));
                }
                AgentMeasure::Gauge(AgentGauge::OutOfOffice) => status.is_out_of_office = true,
                _ => {}
            }
        }
        status
    }

    /// The status as Genesys shows it, and since when: the routing status of one who is on queue
    /// (idle as `ON_QUEUE`), otherwise the presence; out of office before all but on queue.
    pub fn shown(&self) -> Option<(String, Millis)> {
        let Some((presence, since)) = &self.presence else {
            return self.routing.as_ref().map(|(status, since)| (status.as_str().into(), *since));
        };
        if *presence != Status::ON_QUEUE {
            let name = if self.is_out_of_office { OUT_OF_OFFICE } else { presence.as_str() };
            return Some((name.into(), *since));
        }
        let routing = self.routing.as_ref().filter(|(status, _)| *status != Status::OFF_QUEUE);
        let (status, since) = routing.unwrap_or(&(Status::ON_QUEUE, *since)).clone();
        let is_idle = status == Status::IDLE;
        Some((if is_idle { Status::ON_QUEUE } else { status }.as_str().into(), since))
    }

    /// What the stretches that are still open have added to a row of the agent up to a time: the
    /// stored sums have closed stretches only (`kpis.md#open-stretches`).
    pub fn open_time(&self, bucket: &Bucket, at: Millis, settings: &Settings) -> Amounts {
        let mut amounts = Vec::new();
        let mut add = |since: Millis, measure: Measure| {
            if at - since <= STRETCH_MAX {
                add_time(settings, since, at, |buckets, time| {
                    amounts.extend(buckets.contains(bucket).then(|| (measure.clone(), time)));
                });
            }
        };
        let counts = |(status, since): &(Status, Millis), absent| {
            settings.in_force(*since).agents.absence || *status != absent
        };
        if let Some(routing @ (status, since)) = &self.routing
            && counts(routing, Status::OFF_QUEUE)
        {
            add(*since, status_measure(StatusMetric::RoutingTime, status));
        }
        if let Some(presence @ (status, since)) = &self.presence
            && counts(presence, Status::OFFLINE)
        {
            add(*since, status_measure(StatusMetric::PresenceTime, status));
            if let Some((id, since)) = &self.organization {
                add(*since, organization_measure(OrganizationMetric::Time, id.clone()));
            }
        }
        amounts.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(routing: &str, presence: &str, is_out_of_office: bool) -> AgentStatus {
        let since = |text, at| Status::parse(text).map(|status| (status, Millis(at)));
        let (routing, presence) = (since(routing, 2_000), since(presence, 1_000));
        AgentStatus { routing, presence, is_out_of_office, organization: None }
    }

    #[test]
    fn the_status_is_shown_as_genesys_shows_it() {
        let cases = [
            ("IDLE", "ON_QUEUE", false, Some(("ON_QUEUE", 2_000))),
            ("INTERACTING", "ON_QUEUE", true, Some(("INTERACTING", 2_000))),
            ("NOT_RESPONDING", "ON_QUEUE", false, Some(("NOT_RESPONDING", 2_000))),
            ("OFF_QUEUE", "ON_QUEUE", false, Some(("ON_QUEUE", 1_000))),
            ("", "ON_QUEUE", false, Some(("ON_QUEUE", 1_000))),
            ("INTERACTING", "BREAK", false, Some(("BREAK", 1_000))),
            ("OFF_QUEUE", "AVAILABLE", true, Some(("OUT_OF_OFFICE", 1_000))),
            ("INTERACTING", "", false, Some(("INTERACTING", 2_000))),
            ("", "", true, None),
        ];
        for (routing, presence, is_out, expected) in cases {
            let shown = status(routing, presence, is_out).shown();
            let expected = expected.map(|(text, since)| (text.to_owned(), Millis(since)));
            assert_eq!(shown, expected, "{routing} {presence}");
        }
    }
}
