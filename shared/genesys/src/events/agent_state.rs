//! `headroom.agent.state`: what the Platform API said about a user (`kpis.md#agent-reads`).

use super::agent::{StatusField, queues, status};
use crate::fields::check::{FieldResult, needed, optional, plausible};
use crate::fields::{Field, IdField, IntegerField, Object, RefusalCode, TimeField};
use headroom_kpi::facts::{AgentFact, Change, FactKind, Presence, QueueList, Source};
use headroom_kpi::{EntityKey, Fact, Millis};
use serde::Deserialize;
use std::mem::take;

/// Changes of one stream in an event, at most (`kpis.md#bad-input`): more than a busy agent has in
/// four days.
const CHANGES_MAX: usize = 1_000;

/// The body of the event. All times are in milliseconds since 1970. What the API did not say is
/// left out.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct StateBody {
    user_id: Field<IdField>,
    read_at: Field<IntegerField>,
    routing: Vec<Object<RoutingChange>>,
    presence: Vec<Object<PresenceChange>>,
    joined: Option<Vec<Field<IdField>>>,
    members: Option<Vec<Field<IdField>>>,
    out_of_office: Option<Object<OutOfOffice>>,
    details_until: Field<IntegerField>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RoutingChange {
    since: Field<IntegerField>,
    status: Field<StatusField>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct PresenceChange {
    since: Field<IntegerField>,
    system_presence: Field<StatusField>,
    organization_presence_id: Field<IdField>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OutOfOffice {
    since: Field<IntegerField>,
    active: bool,
}

impl StateBody {
    /// The facts of a read. `envelope` is when the event arrived.
    pub(crate) fn facts(mut self, envelope: TimeField) -> FieldResult<Vec<(EntityKey, Fact)>> {
        let key = EntityKey::Agent(needed("userId", take(&mut self.user_id.0))?);
        let read_at = plausible("readAt", self.read_at.0.into(), envelope)?;
        check_count("routing", self.routing.len())?;
        check_count("presence", self.presence.len())?;
        let routing = self.routing.into_iter().map(|change| change.0.fact(read_at, envelope));
        let presence = self.presence.into_iter().map(|change| change.0.fact(read_at, envelope));
        let mut facts = routing.chain(presence).collect::<FieldResult<Vec<_>>>()?;
        if let Some(ids) = self.joined {
            facts.push(AgentFact::Joined(QueueList::new(read_at, queues("joined", ids)?)));
        }
        if let Some(ids) = self.members {
            facts.push(AgentFact::Members(QueueList::new(read_at, queues("members", ids)?)));
        }
        if let Some(Object(OutOfOffice { since, active })) = self.out_of_office {
            let since = plausible("outOfOffice.since", since.0.into(), envelope)?;
            facts.push(AgentFact::OutOfOffice(since, active));
        }
        if !matches!(self.details_until.0, IntegerField::Missing) {
            let until = plausible("detailsUntil", self.details_until.0.into(), envelope)?;
            facts.push(AgentFact::DetailsUntil(until));
        }
        let fact = |fact| Fact { source: Source::Api, kind: FactKind::Agent(fact) };
        Ok(facts.into_iter().map(|kind| (key.clone(), fact(kind))).collect())
    }
}

impl RoutingChange {
    fn fact(self, reported_at: Millis, envelope: TimeField) -> FieldResult<AgentFact> {
        let value = status("routing.status", self.status.0)?;
        let at = plausible("routing.since", self.since.0.into(), envelope)?;
        Ok(AgentFact::Routing(Change { at, reported_at, value }))
    }
}

impl PresenceChange {
    fn fact(self, reported_at: Millis, envelope: TimeField) -> FieldResult<AgentFact> {
        let system = status("presence.systemPresence", self.system_presence.0)?;
        let name = "presence.organizationPresenceId";
        let organization = optional(name, self.organization_presence_id.0)?;
        let at = plausible("presence.since", self.since.0.into(), envelope)?;
        let value = Presence { system, organization };
        Ok(AgentFact::Presence(Change { at, reported_at, value }))
    }
}

fn check_count(name: &str, count: usize) -> FieldResult<()> {
    if count <= CHANGES_MAX {
        return Ok(());
    }
    Err(RefusalCode::BadValue.because(format!("{name} has more than {CHANGES_MAX} changes")))
}
