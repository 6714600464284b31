//! Facts about agents, written short.

use headroom_kpi::facts::{AgentFact, Change, FactKind, Presence, QueueList, QueueMark, Source};
use headroom_kpi::{Fact, Id, Millis, Status};

/// The user of all facts here.
pub(crate) const USER: &str = "A";

pub(crate) fn id(text: &str) -> Id {
    Id::parse(text).unwrap()
}

/// A time of 12 May 2026, such as `09:10:00.000`, or a whole instant.
pub(crate) fn time(text: &str) -> Millis {
    let whole = if text.contains('T') { text.to_owned() } else { format!("2026-05-12T{text}Z") };
    Millis(whole.parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

pub(crate) fn event(fact: AgentFact) -> Fact {
    Fact { source: Source::Event, kind: FactKind::Agent(fact) }
}

pub(crate) fn read(fact: AgentFact) -> Fact {
    Fact { source: Source::Api, kind: FactKind::Agent(fact) }
}

pub(crate) fn change<T>(at: Millis, value: T) -> Change<T> {
    Change { at, reported_at: at, value }
}

pub(crate) fn routing_at(at: Millis, status: &str) -> AgentFact {
    AgentFact::Routing(change(at, Status::parse(status).unwrap()))
}

pub(crate) fn presence_at(at: Millis, status: &str) -> AgentFact {
    let system = Status::parse(status).unwrap();
    AgentFact::Presence(change(at, Presence { system, organization: None }))
}

pub(crate) fn routing(at: &str, status: &str) -> Fact {
    event(routing_at(time(at), status))
}

pub(crate) fn presence(at: &str, status: &str) -> Fact {
    event(presence_at(time(at), status))
}

fn list(at: &str, queues: &[&str]) -> QueueList {
    QueueList::new(time(at), queues.iter().map(|queue| id(queue)).collect())
}

pub(crate) fn joined(at: &str, queues: &[&str]) -> Fact {
    event(AgentFact::Joined(list(at, queues)))
}

pub(crate) fn members(at: &str, queues: &[&str]) -> Fact {
    read(AgentFact::Members(list(at, queues)))
}

pub(crate) fn mark(at: &str, queue: &str, joined: bool) -> Fact {
    event(AgentFact::Mark(QueueMark { queue: id(queue), at: time(at), joined }))
}
