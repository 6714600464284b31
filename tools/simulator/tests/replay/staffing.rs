//! Facts of agents in, rows out (`kpis.md#agent-stretches`, `kpis.md#agent-rows`,
//! `kpis.md#queue-staffing`).

use crate::agents::{Agent, Agents, Change, Presence};
use crate::rows::{Rows, buckets};
use headroom_simulator::Rules;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// The start of each run with its value; the last one is open.
type Runs<T> = Vec<(i64, T)>;

const MONTH_MS: i64 = 31 * 86_400_000;

pub(crate) fn add_rows(agents: &Agents, rules: &Rules, rows: &mut Rows) {
    for (user, agent) in &agents.0 {
        let presence = effective(&agent.presence);
        let routing = runs(&with_cuts(&effective(&agent.routing), &presence));
        let presence = runs(&presence);
        add_times(user, (&routing, &presence), rules, rows);
        add_now(user, agent, (&routing, &presence), rules, rows);
    }
}

/// Of each time, the change of an event before that of a read; a read's change does not count if an
/// event's change to the same value is at most a second away.
fn effective<T: Clone + Ord>([events, reads]: &[Vec<Change<T>>; 2]) -> BTreeMap<i64, T> {
    let near = |at: i64, value: &T| {
        events.iter().any(|(other, _, of_event)| (other - at).abs() <= 1000 && of_event == value)
    };
    let reads: Vec<_> = reads.iter().filter(|(at, _, value)| !near(*at, value)).cloned().collect();
    let mut changes = greatest(&reads);
    changes.extend(greatest(events));
    changes
}

/// Of the changes of one time the one that was reported last, and then the greatest.
fn greatest<T: Clone + Ord>(changes: &[Change<T>]) -> BTreeMap<i64, T> {
    let sorted: BTreeSet<_> = changes.iter().cloned().collect();
    sorted.into_iter().map(|(at, _, value)| (at, value)).collect()
}

fn with_cuts(
    routing: &BTreeMap<i64, String>,
    presence: &BTreeMap<i64, Presence>,
) -> BTreeMap<i64, String> {
    let mut result = routing.clone();
    for (at, (system, _)) in presence {
        let newest = routing.range(..=at).next_back().map(|(_, status)| status.as_str());
        let follows = routing.range(at + 1..=at + 2000).next().is_some();
        let on_queue_only = matches!(newest, Some("IDLE" | "NOT_RESPONDING"));
        if system != "ON_QUEUE" && on_queue_only && !follows {
            result.insert(*at, "OFF_QUEUE".to_owned());
        }
    }
    result
}

fn runs<T: Clone + PartialEq>(changes: &BTreeMap<i64, T>) -> Runs<T> {
    let mut runs: Runs<T> = Vec::new();
    for (at, value) in changes {
        if runs.last().is_none_or(|(_, last)| last != value) {
            runs.push((*at, value.clone()));
        }
    }
    runs
}

fn add_times(
    user: &str,
    (routing, presence): (&Runs<String>, &Runs<Presence>),
    rules: &Rules,
    rows: &mut Rows,
) {
    let subject = format!("agent#{user}");
    for pair in routing.windows(2) {
        let (start, status, end) = (pair[0].0, &pair[0].1, pair[1].0);
        if is_booked(status == "OFF_QUEUE", end - start, rules) {
            let name = format!("tAgentRoutingStatus.{status}");
            add_time(&subject, &name, (start, end), rules, rows);
            for bucket in buckets(start, rules) {
                let row = rows.entry((subject.clone(), bucket)).or_default();
                row.add(&format!("nAgentRoutingStatus.{status}"), 1);
            }
        }
    }
    for pair in presence.windows(2) {
        let (start, (system, organization), end) = (pair[0].0, &pair[0].1, pair[1].0);
        if is_booked(system == "OFFLINE", end - start, rules) {
            let name = format!("tSystemPresence.{system}");
            add_time(&subject, &name, (start, end), rules, rows);
            if let Some(id) = organization.as_ref().filter(|_| rules.agents.organization_presence) {
                let name = format!("tOrganizationPresence.{id}");
                add_time(&subject, &name, (start, end), rules, rows);
            }
        }
    }
}

fn is_booked(is_absence: bool, length: i64, rules: &Rules) -> bool {
    (!is_absence || rules.agents.absence) && length <= MONTH_MS
}

/// Splits at every border of an interval, and at every midnight.
fn add_time(subject: &str, name: &str, (start, end): (i64, i64), rules: &Rules, rows: &mut Rows) {
    let length = i64::from(rules.interval_minutes) * 60_000;
    let mut borders: BTreeSet<i64> = (start / length..=end / length).map(|n| n * length).collect();
    let zoned = |time| {
        Timestamp::from_millisecond(time).unwrap().to_zoned_datetime(rules.time_zone.clone())
    };
    let mut day = zoned(start).date();
    while day <= zoned(end).date() {
        borders.insert(
            day.to_zoned_datetime(rules.time_zone.clone()).unwrap().timestamp().as_millisecond(),
        );
        day = day.tomorrow().unwrap();
    }
    borders.retain(|border| start < *border && *border < end);
    borders.extend([start, end]);
    let borders: Vec<_> = borders.into_iter().collect();
    for piece in borders.windows(2) {
        for bucket in buckets(piece[0], rules) {
            rows.entry((subject.to_owned(), bucket)).or_default().add(name, piece[1] - piece[0]);
        }
    }
}

fn add_now(
    user: &str,
    agent: &Agent,
    (routing, presence): (&Runs<String>, &Runs<Presence>),
    rules: &Rules,
    rows: &mut Rows,
) {
    let row = rows.entry((format!("agent#{user}"), "now".to_owned())).or_default();
    if let Some((since, status)) = routing.last() {
        row.add(&format!("routingStatus.{status}"), *since);
    }
    if let Some((since, (system, organization))) = presence.last() {
        row.add(&format!("systemPresence.{system}"), *since);
        if let Some(id) = organization.as_ref().filter(|_| rules.agents.organization_presence) {
            row.add(&format!("organizationPresence.{id}"), *since);
        }
    }
    if agent.out_of_office.last().is_some_and(|(_, active)| *active) {
        row.add("outOfOffice", 1);
    }
    row.status = shown_status(agent, routing, presence);
    let standing = standing(
        routing.last().map(|(_, status)| status.as_str()),
        presence.last().map(|(_, (system, _))| system.as_str()),
    );
    for queue in agent.queues() {
        let row = rows.entry((format!("queue#{queue}#agents"), "now".to_owned())).or_default();
        row.add("oMemberUsers", 1);
        if agent.has_joined(&queue) {
            row.add("oActiveUsers", 1);
            if let Some(name) = &standing {
                row.add(name, 1);
            }
            if standing.as_deref() == Some("oOnQueueUsers.IDLE") {
                row.idle.extend(routing.last().map(|(since, _)| *since));
            }
        }
    }
}

/// As Genesys shows it: the routing status of one who is on queue (idle as on queue), otherwise the
/// presence; out of office before all but on queue.
fn shown_status(
    agent: &Agent,
    routing: &Runs<String>,
    presence: &Runs<Presence>,
) -> Option<(String, i64)> {
    let Some((since, (system, _))) = presence.last() else {
        return routing.last().map(|(since, status)| (status.clone(), *since));
    };
    if system != "ON_QUEUE" {
        let is_out = agent.out_of_office.last().is_some_and(|(_, active)| *active);
        let text = if is_out { "OUT_OF_OFFICE" } else { system.as_str() };
        return Some((text.to_owned(), *since));
    }
    let of_queue = routing.last().filter(|(_, status)| status != "OFF_QUEUE");
    let (since, status) = of_queue.map_or((since, system), |(since, status)| (since, status));
    let text = if status == "IDLE" { system } else { status };
    Some((text.clone(), *since))
}

fn standing(status: Option<&str>, presence: Option<&str>) -> Option<String> {
    let on_queue = match presence {
        Some(presence) => presence == "ON_QUEUE",
        None => status.is_some_and(|status| status != "OFF_QUEUE"),
    };
    if on_queue {
        return Some(format!("oOnQueueUsers.{}", status.unwrap_or("UNKNOWN")));
    }
    if presence == Some("OFFLINE") || (presence, status) == (None, None) {
        return None;
    }
    Some(format!("oOffQueueUsers.{}", presence.unwrap_or("UNKNOWN")))
}

impl Agent {
    fn has_joined(&self, queue: &str) -> bool {
        let list = self.joined.last();
        let mark = self.marks.iter().rfind(|(other, ..)| other == queue);
        let of_list = list.is_some_and(|(_, queues)| queues.contains(queue));
        match mark {
            Some((_, at, joined)) if list.is_none_or(|(time, _)| at >= time) => *joined,
            _ => of_list,
        }
    }

    fn queues(&self) -> BTreeSet<String> {
        let members = self.members.last().map(|(_, queues)| queues.clone()).unwrap_or_default();
        let lists = self.joined.iter().flat_map(|(_, queues)| queues);
        let queues = lists.chain(self.marks.iter().map(|(queue, ..)| queue));
        let joined = queues.filter(|queue| self.has_joined(queue)).cloned();
        joined.chain(members).collect()
    }
}
