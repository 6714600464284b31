//! Whole conversations: what events say, and what an API answer says of the same.

use super::text_id;
use headroom_kpi::Fact;
use headroom_kpi::facts::{
    AcdEnd, AcdStart, Acw, Durations, FactKind, MetricFact, MetricSession, Outcome, Source,
    UserEnd, UserStart, Work,
};
use headroom_kpi::{Id, Media, Metric, Millis};
use proptest::prelude::*;
use proptest::sample::select;

/// A conversation that is over, told twice.
#[derive(Clone, Debug)]
pub(crate) struct Story {
    /// All that events say: session facts and official metric facts.
    pub(crate) events: Vec<Fact>,
    /// All that an answer says, each time some milliseconds off.
    pub(crate) answer: Vec<Fact>,
}

pub(crate) fn story(base: Millis) -> impl Strategy<Value = Story> {
    let visits = proptest::collection::vec(visit(), 1..4);
    let offs = proptest::collection::vec(-50..=50_i64, 40);
    (visits, offs).prop_map(move |(visits, offs)| {
        let mut at = base;
        let mut told = Vec::new();
        for (number, visit) in visits.iter().enumerate() {
            at = visit.tell(number, at + Millis(2_000), &mut told);
        }
        Story::of(told, &offs, at)
    })
}

/// A visit of a queue.
#[derive(Clone, Debug)]
struct Visit {
    queue: &'static str,
    user: &'static str,
    wait: i64,
    /// Answered, with these stretches of talk; else abandoned.
    talks: Option<Vec<i64>>,
    wrapup: i64,
    /// Its answer is booked on the agent's session.
    on_agent: bool,
    /// Of the facts that only events have a record for: whether it is one.
    records: Vec<bool>,
}

fn visit() -> impl Strategy<Value = Visit> {
    let talks = proptest::collection::vec(select(&[200, 900, 9_000, 12_000, 600_000][..]), 1..5);
    let who = (select(&["q1", "q1", "q2"][..]), select(&["u1", "u1", "u2"][..]));
    let wait = select(&[300, 5_000, 9_999, 20_001, 1_800_000][..]);
    let wrapup = select(&[0, 400, 30_000][..]);
    let records = proptest::collection::vec(any::<bool>(), 8);
    let parts = (who, wait, proptest::option::weighted(0.8, talks), wrapup, any::<bool>(), records);
    parts.prop_map(|((queue, user), wait, talks, wrapup, on_agent, records)| Visit {
        queue,
        user,
        wait,
        talks,
        wrapup,
        on_agent,
        records,
    })
}

/// A fact, and the record that an event has for it in place of its session.
type Told = (FactKind, Option<Id>);

impl Visit {
    /// Tells of it, and when it is over.
    fn tell(&self, number: usize, at: Millis, told: &mut Vec<Told>) -> Millis {
        let (acd, user) = (text_id(&format!("acd{number}")), text_id(&format!("user{number}")));
        let over = at + Millis(self.wait);
        let (queue, media) = (text_id(self.queue), Some(Media::new("voice")));
        let start = AcdStart { time: at, queue: queue.clone(), media: media.clone() };
        let answered = self.talks.is_some();
        let end = AcdEnd {
            time: over,
            queue,
            media,
            outcome: Some(if answered { Outcome::Answered } else { Outcome::Abandon }),
            connected: Some(Millis(self.wait)),
            answered_user: answered.then(|| text_id(self.user)),
        };
        told.push((FactKind::AcdStart(acd.clone(), start), None));
        told.push((FactKind::AcdEnd(acd.clone(), end), None));
        let by = answered.then_some(self.user);
        let mut metric = |name, at, value, session: &Id, by| {
            told.push((self.metric(name, at, value, session, by), None));
        };
        metric("nOffered", at, 1, &acd, None);
        metric("tAcd", over, self.wait, &acd, None);
        let outcome = if answered { "tAnswered" } else { "tAbandon" };
        let booked = if self.on_agent && answered { &user } else { &acd };
        metric(outcome, over, self.wait, booked, by);
        if answered && self.wait > 20_000 {
            metric("nOverSla", over, 1, booked, by);
        }
        self.talks.as_ref().map_or(over, |talks| self.tell_work(number, over, talks, told))
    }

    fn tell_work(&self, number: usize, at: Millis, talks: &[i64], told: &mut Vec<Told>) -> Millis {
        let user = text_id(&format!("user{number}"));
        let work = Work {
            user: text_id(self.user),
            queue: Some(text_id(self.queue)),
            media: Some(Media::new("voice")),
            outbound: false,
        };
        let record = |n: usize| self.records[n].then(|| text_id(&format!("r{number}-{n}")));
        let (mut now, by) = (at, Some(self.user));
        told.push((self.metric("nConnected", at, 1, &user, by), record(7)));
        for (n, talk) in talks.iter().enumerate() {
            now = now + Millis(*talk);
            told.push((self.metric("tTalk", now, *talk, &user, by), record(n)));
        }
        let interacting = Millis(talks.iter().sum());
        let durations = Durations { interacting, ..Durations::default() };
        let start = UserStart { time: at, work: work.clone() };
        let end = UserEnd { time: now, work: work.clone(), durations, transfer: None };
        told.push((FactKind::UserStart(user.clone(), start), None));
        told.push((FactKind::UserEnd(user.clone(), end), None));
        told.push((self.metric("tTalkComplete", now, interacting.0, &user, by), None));
        let done = now + Millis(self.wrapup);
        if self.wrapup > 0 {
            let acw = Acw { time: done, work, wrapup: Some(Millis(self.wrapup)) };
            told.push((FactKind::Acw(user.clone(), acw), None));
            told.push((self.metric("tAcw", done, self.wrapup, &user, by), None));
        }
        told.push((self.metric("tHandle", done, interacting.0 + self.wrapup, &user, by), None));
        done
    }

    fn metric(&self, name: &str, at: Millis, value: i64, on: &Id, by: Option<&str>) -> FactKind {
        FactKind::Metric(MetricFact {
            session: MetricSession::Session(on.clone()),
            metric: Metric::parse(name).unwrap(),
            emitted: at,
            value,
            queue: Some(text_id(self.queue)),
            user: by.map(text_id),
            media: Media::new("voice"),
        })
    }
}

impl Story {
    fn of(told: Vec<Told>, offs: &[i64], over: Millis) -> Self {
        let fact = |source, kind| Fact { source, kind };
        let off = |(told, off): (&Told, &i64)| fact(Source::Api, shifted(told.0.clone(), *off));
        let mut answer: Vec<_> = told.iter().zip(offs.iter().cycle()).map(off).collect();
        answer.push(fact(Source::Api, FactKind::Closed(over)));
        answer.push(fact(Source::Api, FactKind::Read(over + Millis(300_000))));
        let event = |(kind, record)| fact(Source::Event, booked(kind, record));
        Self { events: told.into_iter().map(event).collect(), answer }
    }
}

/// The fact, with a record in place of its session if there is one.
fn booked(kind: FactKind, record: Option<Id>) -> FactKind {
    match (kind, record) {
        (FactKind::Metric(fact), Some(record)) => {
            FactKind::Metric(MetricFact { session: MetricSession::Record(record), ..fact })
        }
        (kind, _) => kind,
    }
}

fn shifted(kind: FactKind, ms: i64) -> FactKind {
    let off = |at: Millis| at + Millis(ms);
    match kind {
        FactKind::AcdStart(id, it) => FactKind::AcdStart(id, AcdStart { time: off(it.time), ..it }),
        FactKind::AcdEnd(id, it) => FactKind::AcdEnd(id, AcdEnd { time: off(it.time), ..it }),
        FactKind::UserStart(id, it) => {
            FactKind::UserStart(id, UserStart { time: off(it.time), ..it })
        }
        FactKind::UserEnd(id, it) => FactKind::UserEnd(id, UserEnd { time: off(it.time), ..it }),
        FactKind::Acw(id, it) => FactKind::Acw(id, Acw { time: off(it.time), ..it }),
        FactKind::Metric(it) => FactKind::Metric(MetricFact { emitted: off(it.emitted), ..it }),
        other => other,
    }
}
