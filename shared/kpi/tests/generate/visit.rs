//! Visits of queues, of which whole conversations consist.

use super::text_id;
use headroom_kpi::facts::{
    AcdEnd, AcdStart, Acw, Durations, FactKind, MetricFact, MetricSession, Outcome, Transfer,
    UserEnd, UserStart, Work,
};
use headroom_kpi::{Id, Media, Metric, Millis};
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;

/// A visit of a queue.
#[derive(Clone, Debug)]
pub(super) struct Visit {
    queue: &'static str,
    user: &'static str,
    wait: i64,
    /// Answered, with these times of talk between holds; else abandoned.
    talks: Option<Vec<i64>>,
    /// What events say of the outcome if it is abandoned, right or wrong.
    guess: Outcome,
    alert: i64,
    wrapup: i64,
    /// Whether the agent transfers at the end, which events take for a blind transfer.
    consult: bool,
    /// Whether another agent does not respond before, and Genesys reports it.
    no_response: Option<bool>,
    /// Whether the metrics of its answer have the session of the agent.
    on_agent: bool,
    /// Which of the metric events have a record in place of a session.
    records: Vec<bool>,
}

pub(super) fn visit() -> impl Strategy<Value = Visit> {
    let talks = proptest::collection::vec(select(&[200, 900, 9_000, 12_000, 600_000][..]), 1..5);
    let queue_and_user = (select(&["q1", "q1", "q2"][..]), select(&["u1", "u1", "u2"][..]));
    let wait = select(&[300, 5_000, 9_999, 20_001, 1_800_000][..]);
    let guess = select(&[Outcome::Abandon, Outcome::FlowOut, Outcome::Answered][..]);
    let alert_and_wrapup = (select(&[0, 3_000][..]), select(&[0, 400, 30_000][..]));
    let switches = (any::<bool>(), weighted(0.5, any::<bool>()), any::<bool>());
    let records = proptest::collection::vec(any::<bool>(), 8);
    let parts =
        (queue_and_user, wait, weighted(0.8, talks), guess, alert_and_wrapup, switches, records);
    parts.prop_map(|(queue_and_user, wait, talks, guess, alert_and_wrapup, switches, records)| {
        let ((queue, user), (alert, wrapup)) = (queue_and_user, alert_and_wrapup);
        let (consult, no_response, on_agent) = switches;
        Visit {
            queue,
            user,
            wait,
            talks,
            guess,
            alert,
            wrapup,
            consult,
            no_response,
            on_agent,
            records,
        }
    })
}

/// A fact, and the record that its event has in place of the session.
pub(super) type StoryFact = (FactKind, Option<Id>);

impl Visit {
    /// Adds its facts. Returns when it is over. Only of what is complete Genesys may have nothing to
    /// say where events give a number.
    pub(super) fn add_facts(
        &self,
        number: usize,
        at: Millis,
        is_complete: bool,
        facts: &mut Vec<StoryFact>,
    ) -> Millis {
        let over = self.add_wait(number, at, facts);
        if let Some(is_reported) = self.no_response {
            self.add_no_response(number, at, is_reported || !is_complete, facts);
        }
        self.talks.as_ref().map_or(over, |talks| self.add_work(number, over, talks, facts))
    }

    fn add_wait(&self, number: usize, at: Millis, facts: &mut Vec<StoryFact>) -> Millis {
        let (acd, user) = (text_id(&format!("acd{number}")), text_id(&format!("user{number}")));
        let over = at + Millis(self.wait);
        let (queue, media) = (text_id(self.queue), Some(Media::new("voice")));
        let start = AcdStart { time: at, queue: queue.clone(), media: media.clone() };
        let answered = self.talks.is_some();
        let end = AcdEnd {
            time: over,
            queue,
            media,
            outcome: Some(if answered { Outcome::Answered } else { self.guess }),
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
        over
    }

    /// An agent is alerted for a tenth of a second.
    fn add_no_response(
        &self,
        number: usize,
        at: Millis,
        is_reported: bool,
        facts: &mut Vec<StoryFact>,
    ) {
        let (session, over) = (text_id(&format!("other{number}")), at + Millis(100));
        let work = Work { user: text_id("u3"), ..self.work() };
        let durations = Durations { alerting: Millis(100), ..Durations::default() };
        let start = UserStart { time: at, work: work.clone() };
        let end = UserEnd { time: over, work, durations, transfer: None };
        facts.push((FactKind::UserStart(session.clone(), start), None));
        facts.push((FactKind::UserEnd(session.clone(), end), None));
        if is_reported {
            for name in ["tAlert", "tNotResponding"] {
                facts.push((self.metric(name, over, 100, &session, Some("u3")), None));
            }
        }
    }

    /// An agent's session, and its metrics.
    fn add_work(
        &self,
        number: usize,
        at: Millis,
        talks: &[i64],
        facts: &mut Vec<StoryFact>,
    ) -> Millis {
        let user = text_id(&format!("user{number}"));
        let (alerting, interacting) = (Millis(self.alert), Millis(talks.iter().sum()));
        let durations = Durations { alerting, interacting, ..Durations::default() };
        let over = at + interacting;
        let done = over + Millis(self.wrapup);
        let transfer = self.consult.then_some(Transfer::Blind);
        let start = UserStart { time: at - alerting, work: self.work() };
        let end = UserEnd { time: over, work: self.work(), durations, transfer };
        facts.push((FactKind::UserStart(user.clone(), start), None));
        facts.push((FactKind::UserEnd(user.clone(), end), None));
        if self.wrapup > 0 {
            let acw = Acw { time: done, work: self.work(), wrapup: Some(Millis(self.wrapup)) };
            facts.push((FactKind::Acw(user, acw), None));
        }
        self.add_metrics_of_work(number, at, talks, facts);
        done
    }

    fn add_metrics_of_work(
        &self,
        number: usize,
        at: Millis,
        talks: &[i64],
        facts: &mut Vec<StoryFact>,
    ) {
        let user = text_id(&format!("user{number}"));
        let mut metric = |name, at, value, record: Option<usize>| {
            let record = record.filter(|n| self.records[*n]);
            let record = record.map(|n| text_id(&format!("r{number}-{n}")));
            facts.push((self.metric(name, at, value, &user, Some(self.user)), record));
        };
        metric("nConnected", at, 1, Some(7));
        if self.alert > 0 {
            metric("tAlert", at, self.alert, None);
        }
        let mut over = at;
        for (n, talk) in talks.iter().enumerate() {
            over = over + Millis(*talk);
            metric("tTalk", over, *talk, Some(n));
        }
        let talk = (over - at).0;
        metric("tTalkComplete", over, talk, None);
        metric("oMessageTurn", over, 1, Some(4));
        if self.consult {
            metric("nTransferred", over, 1, Some(5));
            metric("nConsultTransferred", over, 1, Some(6));
        }
        let done = over + Millis(self.wrapup);
        if self.wrapup > 0 {
            metric("tAcw", done, self.wrapup, None);
        }
        metric("tHandle", done, talk + self.wrapup, None);
    }

    fn work(&self) -> Work {
        Work {
            user: text_id(self.user),
            queue: Some(text_id(self.queue)),
            media: Some(Media::new("voice")),
            outbound: false,
        }
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
