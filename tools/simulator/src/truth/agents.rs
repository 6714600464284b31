//! The rows of agents and of the staffing of queues (`kpis.md#agents`).

use super::calendar::Calendar;
use super::computed::{Computed, TruthRow};
use super::row::Bucket;
use crate::agents::{Presence, QueueSet, RoutingStatus};
use crate::id::Id;
use crate::time::DAY_MS;
use crate::world::lanes::Queue;
use crate::{AgentRules, Rules};
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

/// A longer stretch is not booked.
const STRETCH_MS_MAX: i64 = 31 * DAY_MS;

type Sums = BTreeMap<String, i64>;

/// The rows.
pub(crate) struct AgentRows {
    rules: AgentRules,
    calendar: Calendar,
    /// Of intervals and days. Sorted before they are returned, so that the hash order never shows.
    sums: HashMap<(Id, Bucket), Sums>,
    now: BTreeMap<Id, (Sums, Computed)>,
    staffing: BTreeMap<Queue, Staffing>,
}

/// Who works for a queue now.
#[derive(Default)]
struct Staffing {
    counts: Sums,
    /// Since when the agent who has been idle for longest has been so.
    idle_since: Option<i64>,
}

/// What is known of an agent at the end.
pub(crate) struct AgentNow {
    pub(crate) user: Id,
    /// The routing status, and since when.
    pub(crate) routing: Option<(RoutingStatus, i64)>,
    /// The presence, and since when.
    pub(crate) presence: Option<(Presence, i64)>,
    pub(crate) joined: QueueSet,
    pub(crate) members: QueueSet,
    pub(crate) is_out_of_office: bool,
}

impl AgentRows {
    pub(super) fn new(rules: &Rules) -> Self {
        Self {
            rules: rules.agents,
            calendar: Calendar::new(rules),
            sums: HashMap::new(),
            now: BTreeMap::new(),
            staffing: BTreeMap::new(),
        }
    }

    /// Books a stretch of a routing status that is over.
    pub(crate) fn add_routing(
        &mut self,
        (user, status): (Id, RoutingStatus),
        stretch: &Range<i64>,
    ) {
        if !self.is_booked(status == RoutingStatus::OffQueue, stretch) {
            return;
        }
        self.add_time(user, &[format!("tAgentRoutingStatus.{}", status.text())], stretch);
        let name = format!("nAgentRoutingStatus.{}", status.text());
        for bucket in self.calendar.buckets(stretch.start) {
            self.add(user, bucket, &name, 1);
        }
    }

    /// Books a stretch of a presence that is over.
    pub(crate) fn add_presence(&mut self, (user, presence): (Id, Presence), stretch: &Range<i64>) {
        if !self.is_booked(presence.system() == Presence::OFFLINE, stretch) {
            return;
        }
        let mut names = vec![format!("tSystemPresence.{}", presence.system().text())];
        if self.rules.organization_presence {
            names.push(format!("tOrganizationPresence.{}", presence.id()));
        }
        self.add_time(user, &names, stretch);
    }

    const fn is_booked(&self, is_absence: bool, stretch: &Range<i64>) -> bool {
        (self.rules.absence || !is_absence) && stretch.end - stretch.start <= STRETCH_MS_MAX
    }

    /// Adds the time of a stretch under these names, split where an interval or a day begins.
    fn add_time(&mut self, user: Id, names: &[String], stretch: &Range<i64>) {
        let mut start = stretch.start;
        while start < stretch.end {
            let end = self.calendar.next_border(start).min(stretch.end);
            for bucket in self.calendar.buckets(start) {
                for name in names {
                    self.add(user, bucket, name, end - start);
                }
            }
            start = end;
        }
    }

    fn add(&mut self, user: Id, bucket: Bucket, name: &str, amount: i64) {
        let sums = self.sums.entry((user, bucket)).or_default();
        *sums.entry(name.to_owned()).or_default() += amount;
    }

    /// Adds what is true of an agent at the end.
    pub(crate) fn add_now(&mut self, agent: &AgentNow) {
        let values = self.values(agent);
        if !values.is_empty() {
            let shown = agent.shown_status();
            let computed = shown.map(|(status, since)| Computed::of_status(status, since));
            self.now.insert(agent.user, (values, computed.unwrap_or_default()));
        }
        for queue in agent.members.union(agent.joined).queues() {
            let Staffing { counts, idle_since } = self.staffing.entry(queue).or_default();
            let mut count = |name: &str| *counts.entry(name.to_owned()).or_default() += 1;
            count("oMemberUsers");
            if agent.joined.has(queue) {
                count("oActiveUsers");
                agent.standing().iter().for_each(|name| count(name));
                let since = agent.idle_since();
                *idle_since = idle_since.iter().copied().chain(since).min();
            }
        }
    }

    fn values(&self, agent: &AgentNow) -> Sums {
        let mut values = Sums::new();
        if let Some((status, since)) = agent.routing {
            values.insert(format!("routingStatus.{}", status.text()), since);
        }
        if let Some((presence, since)) = agent.presence {
            values.insert(format!("systemPresence.{}", presence.system().text()), since);
            if self.rules.organization_presence {
                values.insert(format!("organizationPresence.{}", presence.id()), since);
            }
        }
        if agent.is_out_of_office {
            values.insert("outOfOffice".to_owned(), 1);
        }
        values
    }

    pub(super) fn rows(&self, interval_minutes: u32) -> impl Iterator<Item = TruthRow> {
        let sums = self.sums.iter().map(move |((user, bucket), sums)| {
            let time = |status: RoutingStatus| {
                let name = format!("tAgentRoutingStatus.{}", status.text());
                sums.get(&name).copied().unwrap_or_default()
            };
            let key = (format!("agent#{user}"), bucket.text(interval_minutes));
            row(key, sums, Computed::of_agent(time))
        });
        let now = self.now.iter().map(|(user, (values, computed))| {
            row((format!("agent#{user}"), "now".to_owned()), values, computed.clone())
        });
        let staffing = self.staffing.iter().map(|(queue, staffing)| {
            let key = (format!("queue#{}#agents", queue.id()), "now".to_owned());
            row(key, &staffing.counts, Computed::of_times(&[("idleSince", staffing.idle_since)]))
        });
        sums.chain(now).chain(staffing)
    }
}

impl AgentNow {
    /// The presence decides, and without one the routing status.
    fn is_on_queue(&self) -> bool {
        match (self.presence, self.routing) {
            (Some((presence, _)), _) => presence.is_on_queue(),
            (None, Some((status, _))) => status != RoutingStatus::OffQueue,
            (None, None) => false,
        }
    }

    fn idle_since(&self) -> Option<i64> {
        let idle = self.routing.filter(|(status, _)| *status == RoutingStatus::Idle);
        idle.filter(|_| self.is_on_queue()).map(|(_, since)| since)
    }

    /// The status as Genesys shows it, and since when.
    fn shown_status(&self) -> Option<(String, i64)> {
        let routing = self.routing.map(|(status, since)| (status.text().to_owned(), since));
        let Some((presence, since)) = self.presence else { return routing };
        let system = presence.system().text();
        match self.routing {
            _ if !presence.is_on_queue() && self.is_out_of_office => {
                Some(("OUT_OF_OFFICE".to_owned(), since))
            }
            Some((RoutingStatus::Idle, since)) if presence.is_on_queue() => Some((system, since)),
            Some((status, _)) if presence.is_on_queue() && status != RoutingStatus::OffQueue => {
                routing
            }
            _ => Some((system, since)),
        }
    }

    /// How one who has joined a queue is counted there, beside `oActiveUsers`.
    fn standing(&self) -> Option<String> {
        let status = self.routing.map(|(status, _)| status);
        let presence = self.presence.map(|(presence, _)| presence.system());
        if self.is_on_queue() {
            let text = status.map_or("UNKNOWN", RoutingStatus::text);
            return Some(format!("oOnQueueUsers.{text}"));
        }
        match presence {
            Some(Presence::OFFLINE) => None,
            Some(presence) => Some(format!("oOffQueueUsers.{}", presence.text())),
            None => status.map(|_| "oOffQueueUsers.UNKNOWN".to_owned()),
        }
    }
}

fn row((subject, bucket): (String, String), sums: &Sums, computed: Computed) -> TruthRow {
    let metrics = sums.iter().filter(|(_, sum)| **sum != 0);
    let metrics = metrics.map(|(name, sum)| (name.clone(), *sum)).collect();
    TruthRow { subject, bucket, metrics, computed }
}

#[cfg(test)]
mod tests;
