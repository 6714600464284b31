//! Whole conversations: their events, and the API response about the same conversation.

use super::text_id;
use headroom_kpi::Fact;
use headroom_kpi::facts::{
    AcdEnd, AcdStart, Acw, Durations, FactKind, MetricFact, MetricSession, Outcome, Source,
    UserEnd, UserStart, Work,
};
use headroom_kpi::{Id, Media, Metric, Millis};
use proptest::prelude::*;
use proptest::sample::select;

/// A conversation that is over, from both sources.
#[derive(Clone, Debug)]
pub(crate) struct Story {
    /// The facts of all its events: session facts and official metric facts.
    pub(crate) events: Vec<Fact>,
    /// The facts of the API response. Each time differs by some milliseconds.
    pub(crate) response: Vec<Fact>,
}

pub(crate) fn story(base: Millis) -> impl Strategy<Value = Story> {
    let visits = proptest::collection::vec(visit(), 1..4);
    let offsets = proptest::collection::vec(-50..=50_i64, 40);
    (visits, offsets).prop_map(move |(visits, offsets)| {
        let mut at = base;
        let mut facts = Vec::new();
        for (number, visit) in visits.iter().enumerate() {
            at = visit.add_facts(number, at + Millis(2_000), &mut facts);
        }
        Story::new(facts, &offsets, at)
    })
}

/// A visit of a queue.
#[derive(Clone, Debug)]
struct Visit {
    queue: &'static str,
    user: &'static str,
    wait: i64,
    /// Answered, with these times of talk between holds; else abandoned.
    talks: Option<Vec<i64>>,
    wrapup: i64,
    /// Whether the metrics of its answer have the session of the agent.
    on_agent: bool,
    /// Which of the metric events have a record in place of a session.
    records: Vec<bool>,
}

fn visit() -> impl Strategy<Value = Visit> {
    let talks = proptest::collection::vec(select(&[200, 900, 9_000, 12_000, 600_000][..]), 1..5);
    let queue_and_user = (select(&["q1", "q1", "q2"][..]), select(&["u1", "u1", "u2"][..]));
    let wait = select(&[300, 5_000, 9_999, 20_001, 1_800_000][..]);
    let wrapup = select(&[0, 400, 30_000][..]);
    let records = proptest::collection::vec(any::<bool>(), 8);
    let parts = (
        queue_and_user,
        wait,
        proptest::option::weighted(0.8, talks),
        wrapup,
        any::<bool>(),
        records,
    );
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

/// A fact, and the record that its event has in place of the session.
type StoryFact = (FactKind, Option<Id>);

impl Visit {
    /// Adds its facts. Returns when it is over.
    fn add_facts(&self, number: usize, at: Millis, facts: &mut Vec<StoryFact>) -> Millis {
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
        facts.push((FactKind::AcdStart(acd.clone(), start), None));
        facts.push((FactKind::AcdEnd(acd.clone(), end), None));
        let by = answered.then_some(self.user);
        let mut metric = |name, at, value, session: &Id, by| {
            facts.push((self.metric(name, at, value, session, by), None));
        };
        metric("nOffered", at, 1, &acd, None);
        metric("tAcd", over, self.wait, &acd, None);
        let outcome = if answered { "tAnswered" } else { "tAbandon" };
        let booked = if self.on_agent && answered { &user } else { &acd };
        metric(outcome, over, self.wait, booked, by);
        if answered && self.wait > 20_000 {
            metric("nOverSla", over, 1, booked, by);
        }
        self.talks.as_ref().map_or(over, |talks| self.add_work(number, over, talks, facts))
    }

    fn add_work(
        &self,
        number: usize,
        at: Millis,
        talks: &[i64],
        facts: &mut Vec<StoryFact>,
    ) -> Millis {
        let user = text_id(&format!("user{number}"));
        let work = Work {
            user: text_id(self.user),
            queue: Some(text_id(self.queue)),
            media: Some(Media::new("voice")),
            outbound: false,
        };
        let record = |n: usize| self.records[n].then(|| text_id(&format!("r{number}-{n}")));
        let (mut now, by) = (at, Some(self.user));
        facts.push((self.metric("nConnected", at, 1, &user, by), record(7)));
        for (n, talk) in talks.iter().enumerate() {
            now = now + Millis(*talk);
            facts.push((self.metric("tTalk", now, *talk, &user, by), record(n)));
        }
        let interacting = Millis(talks.iter().sum());
        let durations = Durations { interacting, ..Durations::default() };
        let start = UserStart { time: at, work: work.clone() };
        let end = UserEnd { time: now, work: work.clone(), durations, transfer: None };
        facts.push((FactKind::UserStart(user.clone(), start), None));
        facts.push((FactKind::UserEnd(user.clone(), end), None));
        facts.push((self.metric("tTalkComplete", now, interacting.0, &user, by), None));
        let done = now + Millis(self.wrapup);
        if self.wrapup > 0 {
            let acw = Acw { time: done, work, wrapup: Some(Millis(self.wrapup)) };
            facts.push((FactKind::Acw(user.clone(), acw), None));
            facts.push((self.metric("tAcw", done, self.wrapup, &user, by), None));
        }
        facts.push((self.metric("tHandle", done, interacting.0 + self.wrapup, &user, by), None));
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
    fn new(facts: Vec<StoryFact>, offsets: &[i64], over: Millis) -> Self {
        let mut response: Vec<_> = facts
            .iter()
            .zip(offsets.iter().cycle())
            .map(|((kind, _), offset)| shifted(kind.clone(), *offset))
            .collect();
        response.extend([FactKind::Closed(over), FactKind::Read(over + Millis(300_000))]);
        let events = facts.into_iter().map(|(kind, record)| with_record(kind, record));
        let fact = |source| move |kind| Fact { source, kind };
        Self {
            events: events.map(fact(Source::Event)).collect(),
            response: response.into_iter().map(fact(Source::Api)).collect(),
        }
    }
}

/// The fact, with a record in place of its session if there is one.
fn with_record(kind: FactKind, record: Option<Id>) -> FactKind {
    match (kind, record) {
        (FactKind::Metric(fact), Some(record)) => {
            FactKind::Metric(MetricFact { session: MetricSession::Record(record), ..fact })
        }
        (kind, _) => kind,
    }
}

fn shifted(mut kind: FactKind, ms: i64) -> FactKind {
    let time = match &mut kind {
        FactKind::AcdStart(_, event) => &mut event.time,
        FactKind::AcdEnd(_, event) => &mut event.time,
        FactKind::UserStart(_, event) => &mut event.time,
        FactKind::UserEnd(_, event) => &mut event.time,
        FactKind::Acw(_, event) => &mut event.time,
        FactKind::Metric(fact) => &mut fact.emitted,
        _ => return kind,
    };
    *time = *time + Millis(ms);
    kind
}
