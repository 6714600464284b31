//! A second reading of the rules, slow and plain: it asks for each moment what was so then.

use crate::rows::Rows;
use headroom_kpi::facts::{AgentFact, FactKind, Source};
use headroom_kpi::{Calendar, Fact};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

const LONGEST: i64 = 31 * 86_400_000;

/// A change: its time, when it was reported, and its value.
type Change = (i64, i64, Vec<String>);

/// The facts of one agent, as they came.
pub(crate) struct NaiveAgent<'a> {
    user: &'a str,
    calendar: &'a Calendar,
    routing: [Vec<Change>; 2],
    presence: [Vec<Change>; 2],
    joined: Vec<(i64, Vec<String>)>,
    marks: Vec<(i64, String, bool)>,
    members: Vec<(i64, Vec<String>)>,
    office: Vec<(i64, bool)>,
}

impl<'a> NaiveAgent<'a> {
    pub(crate) fn new(user: &'a str, facts: &[Fact], calendar: &'a Calendar) -> Self {
        let mut agent = Self {
            user,
            calendar,
            routing: Default::default(),
            presence: Default::default(),
            joined: Vec::new(),
            marks: Vec::new(),
            members: Vec::new(),
            office: Vec::new(),
        };
        for fact in facts {
            agent.add(fact);
        }
        agent
    }

    fn add(&mut self, fact: &Fact) {
        let source = usize::from(fact.source == Source::Api);
        let FactKind::Agent(kind) = &fact.kind else { panic!("not of an agent") };
        match kind {
            AgentFact::Routing(c) => {
                let value = vec![c.value.as_str().to_owned()];
                self.routing[source].push((c.at.0, c.reported_at.0, value));
            }
            AgentFact::Presence(c) => {
                let mut value = vec![c.value.system.as_str().to_owned()];
                value.extend(c.value.organization.iter().map(ToString::to_string));
                self.presence[source].push((c.at.0, c.reported_at.0, value));
            }
            AgentFact::Joined(list) => self.joined.push(names(list)),
            AgentFact::Members(list) => self.members.push(names(list)),
            AgentFact::Mark(mark) => {
                self.marks.push((mark.at.0, mark.queue.to_string(), mark.joined));
            }
            AgentFact::OutOfOffice(at, active) => self.office.push((at.0, *active)),
            // It says what was read, and changes no row.
            AgentFact::DetailsUntil(_) => {}
        }
    }

    /// All rows.
    pub(crate) fn rows(&self) -> Rows {
        let mut rows = Rows::new();
        let routing = self.runs(&|at| self.routing_at(at));
        let presence = self.runs(&|at| self.presence_at(at));
        self.add_times(&routing, &mut rows, &|value| {
            let time = format!("tAgentRoutingStatus.{}", value[0]);
            (value[0] != "OFF_QUEUE").then(|| vec![time])
        });
        for pair in routing.windows(2) {
            let (start, value) = &pair[0];
            if value[0] != "OFF_QUEUE" && pair[1].0 - start <= LONGEST {
                let name = format!("nAgentRoutingStatus.{}", value[0]);
                self.add_to_both(&mut rows, *start, &name, 1);
            }
        }
        self.add_times(&presence, &mut rows, &|value| {
            let mut times = vec![format!("tSystemPresence.{}", value[0])];
            times.extend(value.get(1).map(|id| format!("tOrganizationPresence.{id}")));
            (value[0] != "OFFLINE").then_some(times)
        });
        self.add_now(&mut rows, routing.last(), presence.last());
        self.add_queues(&mut rows, routing.last(), presence.last());
        rows.retain(|_, sums| !sums.is_empty());
        rows
    }

    /// The time from the first run to the last one, of routing and of presence.
    pub(crate) fn spans(&self) -> (i64, i64) {
        let span = |runs: Vec<(i64, Vec<String>)>| match (runs.first(), runs.last()) {
            (Some(first), Some(last)) => last.0 - first.0,
            _ => 0,
        };
        let routing = self.runs(&|at| self.routing_at(at));
        (span(routing), span(self.runs(&|at| self.presence_at(at))))
    }

    /// The values that begin when another one ends, each with its start.
    fn runs(&self, value_at: &dyn Fn(i64) -> Option<Vec<String>>) -> Vec<(i64, Vec<String>)> {
        let changes = self.routing.iter().chain(&self.presence).flatten();
        let times: BTreeSet<i64> = changes.map(|change| change.0).collect();
        let mut runs: Vec<(i64, Vec<String>)> = Vec::new();
        for time in times {
            let Some(value) = value_at(time) else { continue };
            if runs.last().map(|run| &run.1) != Some(&value) {
                runs.push((time, value));
            }
        }
        runs
    }

    fn presence_at(&self, at: i64) -> Option<Vec<String>> {
        newest(&self.presence, at).map(|(_, value)| value)
    }

    /// The routing status, or `OFF_QUEUE` if a change of presence has cut it off.
    fn routing_at(&self, at: i64) -> Option<Vec<String>> {
        let (start, value) = newest(&self.routing, at)?;
        let is_on_queue_only = ["IDLE", "NOT_RESPONDING"].contains(&value[0].as_str());
        let has_cut = effective(&self.presence).iter().any(|(p, presence)| {
            let follows =
                effective(&self.routing).keys().any(|other| (p + 1..=p + 2_000).contains(other));
            (start..=at).contains(p) && presence[0] != "ON_QUEUE" && !follows
        });
        let cut = is_on_queue_only && has_cut;
        Some(if cut { vec!["OFF_QUEUE".to_owned()] } else { value })
    }

    fn add_times(
        &self,
        runs: &[(i64, Vec<String>)],
        rows: &mut Rows,
        names: &dyn Fn(&[String]) -> Option<Vec<String>>,
    ) {
        for pair in runs.windows(2) {
            let ((start, value), end) = (&pair[0], pair[1].0);
            let Some(names) = names(value).filter(|_| end - start <= LONGEST) else { continue };
            let mut at = *start;
            while at < end {
                // Every border of an interval or a day is one of a quarter of an hour.
                let next = ((at.div_euclid(900_000) + 1) * 900_000).min(end);
                for name in &names {
                    self.add_to_both(rows, at, name, next - at);
                }
                at = next;
            }
        }
    }

    fn next_interval(&self, at: i64) -> i64 {
        let length = i64::from(self.calendar.interval_minutes()) * 60_000;
        at - at.rem_euclid(length) + length
    }

    fn date(&self, at: i64) -> jiff::civil::Date {
        let offset = self.calendar.zone().to_offset(Timestamp::from_millisecond(at).unwrap());
        offset.to_datetime(Timestamp::from_millisecond(at).unwrap()).date()
    }

    fn add_to_both(&self, rows: &mut Rows, at: i64, name: &str, amount: i64) {
        let start = self.next_interval(at) - i64::from(self.calendar.interval_minutes()) * 60_000;
        let length = match self.calendar.interval_minutes() {
            60 => "PT1H".to_owned(),
            minutes => format!("PT{minutes}M"),
        };
        let start = Timestamp::from_millisecond(start).unwrap();
        for bucket in [format!("{length}#{start}"), format!("P1D#{}", self.date(at))] {
            self.add_to(rows, &bucket, name, amount);
        }
    }

    fn add_to(&self, rows: &mut Rows, bucket: &str, name: &str, amount: i64) {
        let row = rows.entry((format!("agent#{}", self.user), bucket.to_owned())).or_default();
        *row.entry(name.to_owned()).or_default() += amount;
    }

    fn add_now(
        &self,
        rows: &mut Rows,
        routing: Option<&(i64, Vec<String>)>,
        presence: Option<&(i64, Vec<String>)>,
    ) {
        if let Some((since, value)) = routing {
            self.add_to(rows, "now", &format!("routingStatus.{}", value[0]), *since);
        }
        if let Some((since, value)) = presence {
            self.add_to(rows, "now", &format!("systemPresence.{}", value[0]), *since);
            if let Some(id) = value.get(1) {
                self.add_to(rows, "now", &format!("organizationPresence.{id}"), *since);
            }
        }
        if self.office.iter().max().is_some_and(|(_, active)| *active) {
            self.add_to(rows, "now", "outOfOffice", 1);
        }
    }

    fn is_joined(&self, queue: &str) -> bool {
        let list = self.joined.iter().max();
        let marks = self.marks.iter().filter(|(_, other, _)| other == queue);
        let mark = marks.map(|(at, _, joined)| (*at, *joined)).max();
        match (list, mark) {
            (Some((at, _)), Some((later, joined))) if later >= *at => joined,
            (None, Some((_, joined))) => joined,
            (list, _) => list.is_some_and(|(_, queues)| queues.iter().any(|q| q == queue)),
        }
    }

    fn add_queues(
        &self,
        rows: &mut Rows,
        routing: Option<&(i64, Vec<String>)>,
        presence: Option<&(i64, Vec<String>)>,
    ) {
        let members = self.members.iter().max().map(|(_, queues)| queues.clone());
        let members = members.unwrap_or_default();
        let lists = self.joined.iter().flat_map(|(_, queues)| queues).chain(&members);
        let queues: BTreeSet<&String> =
            lists.chain(self.marks.iter().map(|mark| &mark.1)).collect();
        for queue in queues {
            let is_joined = self.is_joined(queue);
            if !is_joined && !members.contains(queue) {
                continue;
            }
            let row = rows.entry((format!("queue#{queue}#agents"), "now".to_owned())).or_default();
            row.insert("oMemberUsers".to_owned(), 1);
            if is_joined {
                row.insert("oActiveUsers".to_owned(), 1);
                row.extend(self.standing(routing, presence).into_iter().map(|name| (name, 1)));
            }
        }
    }

    /// How one who has joined is counted.
    fn standing(
        &self,
        routing: Option<&(i64, Vec<String>)>,
        presence: Option<&(i64, Vec<String>)>,
    ) -> Vec<String> {
        let status = routing.map_or("UNKNOWN", |(_, value)| value[0].as_str());
        let on_queue = || {
            let mut list = vec![format!("oOnQueueUsers.{status}")];
            if let Some((since, _)) = routing.filter(|_| status == "IDLE") {
                list.push(format!("idle.{}#{}", since.div_euclid(1_000), self.user));
            }
            list
        };
        match (presence.map(|(_, value)| value[0].as_str()), status) {
            (Some("ON_QUEUE"), _) => on_queue(),
            (Some("OFFLINE"), _) | (None, "UNKNOWN") => Vec::new(),
            (Some(presence), _) => vec![format!("oOffQueueUsers.{presence}")],
            (None, "OFF_QUEUE") => vec!["oOffQueueUsers.UNKNOWN".to_owned()],
            (None, _) => on_queue(),
        }
    }
}

fn names(list: &headroom_kpi::facts::QueueList) -> (i64, Vec<String>) {
    (list.time().0, list.queues().iter().map(ToString::to_string).collect())
}

/// The value of each time: that of events, or else that of reads that no event says as well.
fn effective(changes: &[Vec<Change>; 2]) -> BTreeMap<i64, Vec<String>> {
    let [events, reads] = changes;
    let greatest = |changes: &[Change]| {
        let mut values = BTreeMap::<i64, (i64, Vec<String>)>::new();
        for (at, reported, value) in changes {
            let value = (*reported, value.clone());
            let current = values.entry(*at).or_insert_with(|| value.clone());
            *current = current.clone().max(value);
        }
        values
    };
    let (events, reads) = (greatest(events), greatest(reads));
    let is_event = |at: i64, value: &Vec<String>| {
        events.iter().any(|(other, event)| (other - at).abs() <= 1_000 && event.1 == *value)
    };
    let reads = reads.iter().filter(|(at, (_, value))| !is_event(**at, value));
    reads.chain(&events).map(|(at, (_, value))| (*at, value.clone())).collect()
}

fn newest(changes: &[Vec<Change>; 2], at: i64) -> Option<(i64, Vec<String>)> {
    let changes = effective(changes);
    let (start, value) = changes.range(..=at).next_back()?;
    Some((*start, value.clone()))
}
