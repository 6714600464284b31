//! What rows of agents, and of the staffing of queues, have sums of (`kpis.md#agents`).

use super::waiting::TaggedSecond;
use crate::id::Id;
use crate::names::names;
use crate::status::Status;

/// A number about agents.
///
/// The order of variants is the order of sums in stored contributions: append, never reorder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AgentMeasure {
    /// A number for each routing status or presence.
    Status(StatusMetric, Status),
    /// A number for each organisation presence, by its id.
    Organization(OrganizationMetric, Box<str>),
    /// Any other number.
    Gauge(AgentGauge),
    /// How many of the idle agents of a queue have been idle since a second.
    IdleSince(TaggedSecond),
}

names! {
    /// Numbers for each routing status or presence.
    StatusMetric {
        /// Milliseconds in closed stretches of a routing status.
        RoutingTime "tAgentRoutingStatus.",
        /// Closed stretches of a routing status, where they start.
        RoutingCount "nAgentRoutingStatus.",
        /// Milliseconds in closed stretches of a presence.
        PresenceTime "tSystemPresence.",
        /// The routing status now: since when, in milliseconds since 1970.
        RoutingSince "routingStatus.",
        /// The presence now: since when, in milliseconds since 1970.
        PresenceSince "systemPresence.",
        /// Agents of a queue who are on queue now, by routing status.
        OnQueue "oOnQueueUsers.",
        /// Agents of a queue who are off queue now, by presence.
        OffQueue "oOffQueueUsers.",
    }
}

names! {
    /// Numbers for each organisation presence.
    OrganizationMetric {
        /// Milliseconds in closed stretches.
        Time "tOrganizationPresence.",
        /// The organisation presence now: since when, in milliseconds since 1970.
        Since "organizationPresence.",
    }
}

names! {
    /// Other numbers about agents.
    AgentGauge {
        /// 1 if the agent is out of office.
        OutOfOffice "outOfOffice",
        /// Queues of the agent that are too many to be counted in.
        Truncated "agents.truncated",
        /// Agents who are members of a queue.
        Members "oMemberUsers",
        /// Agents who have joined a queue.
        Active "oActiveUsers",
    }
}

impl AgentMeasure {
    /// The name in rows, as two texts to concatenate; none for the start of idle agents.
    pub fn public_name(&self) -> Option<(&str, &str)> {
        match self {
            Self::Status(metric, status) => Some((metric.as_str(), status.as_str())),
            Self::Organization(metric, id) => Some((metric.as_str(), id)),
            Self::Gauge(gauge) => Some((gauge.as_str(), "")),
            Self::IdleSince(_) => None,
        }
    }

    /// The measure with a name in rows.
    pub fn parse(name: &str) -> Option<Self> {
        if let Some(gauge) = AgentGauge::ALL.iter().find(|gauge| gauge.as_str() == name) {
            return Some(Self::Gauge(*gauge));
        }
        for metric in OrganizationMetric::ALL {
            if let Some(id) = name.strip_prefix(metric.as_str()) {
                return Id::parse(id).is_ok().then(|| Self::Organization(*metric, id.into()));
            }
        }
        let status = |metric: &StatusMetric| {
            let text = name.strip_prefix(metric.as_str())?;
            let status = Status::parse(text).filter(|status| status.as_str() == text)?;
            Some(Self::Status(*metric, status))
        };
        StatusMetric::ALL.iter().find_map(status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_back() {
        let statuses = StatusMetric::ALL.iter();
        let statuses = statuses.map(|metric| AgentMeasure::Status(*metric, Status::IDLE));
        let organizations = OrganizationMetric::ALL.iter();
        let organizations = organizations.map(|m| AgentMeasure::Organization(*m, "p.1".into()));
        let gauges = AgentGauge::ALL.iter().map(|gauge| AgentMeasure::Gauge(*gauge));
        for measure in statuses.chain(organizations).chain(gauges) {
            let (metric, suffix) = measure.public_name().unwrap();
            assert_eq!(AgentMeasure::parse(&format!("{metric}{suffix}")), Some(measure.clone()));
        }
        for name in ["", "oOnQueueUsers", "oOnQueueUsers.idle", "tAcd.sum", "oWaiting"] {
            assert_eq!(AgentMeasure::parse(name), None, "{name}");
        }
    }
}
