//! Every reason for which a metric fact does not count, each in a conversation of its own.

#![allow(clippy::unwrap_used)]

use headroom_kpi::facts::{AcdEnd, AcdStart, FactKind, MetricFact, MetricSession, Outcome, Source};
use headroom_kpi::{
    Conversation, Exclusion, Fact, Id, Media, Metric, Millis, Settings, explain_metrics,
};

const START: i64 = 1_778_594_562_000;

fn id(text: &str) -> Id {
    Id::parse(text).unwrap()
}

/// A time, in seconds after the start.
fn after(seconds: i64) -> Millis {
    Millis(START + 1_000 * seconds)
}

fn event(kind: FactKind) -> Fact {
    Fact { source: Source::Event, kind }
}

fn api(kind: FactKind) -> Fact {
    Fact { source: Source::Api, kind }
}

/// A call that waited for 30 s in a queue, which is above the service level's time.
fn answered_call() -> Vec<Fact> {
    let (queue, media) = (id("queue"), Some(Media::new("voice")));
    let start = AcdStart { time: after(0), queue: queue.clone(), media: media.clone() };
    let end = AcdEnd {
        time: after(30),
        queue,
        media,
        outcome: Some(Outcome::Answered),
        connected: None,
        answered_user: Some(id("agent")),
    };
    vec![event(FactKind::AcdStart(id("wait"), start)), event(FactKind::AcdEnd(id("wait"), end))]
}

fn metric(name: &str, session: MetricSession, seconds: i64) -> FactKind {
    FactKind::Metric(MetricFact {
        session,
        metric: Metric::parse(name).unwrap(),
        emitted: after(seconds),
        value: 1,
        queue: Some(id("queue")),
        user: None,
        media: Media::new("voice"),
    })
}

fn session(name: &str) -> MetricSession {
    MetricSession::Session(id(name))
}

/// The facts that do not count, by metric, and why.
fn exclusions(facts: impl IntoIterator<Item = Fact>) -> Vec<(String, Exclusion)> {
    let mut conversation = Conversation::default();
    for fact in facts {
        conversation.fold(fact);
    }
    let explained = explain_metrics(&conversation, &Settings::default());
    let excluded = explained.into_iter().filter_map(|(fact, why)| Some((fact, why?)));
    let mut list: Vec<_> = excluded.map(|(fact, why)| (fact.metric.to_string(), why)).collect();
    list.sort();
    list
}

fn expected(list: &[(&str, Exclusion)]) -> Vec<(String, Exclusion)> {
    list.iter().map(|(metric, why)| ((*metric).to_owned(), *why)).collect()
}

#[test]
fn all_derived_facts_count_as_long_as_there_is_no_official_one() {
    assert_eq!(exclusions(answered_call()), []);
}

#[test]
fn an_official_fact_of_the_session_replaces_its_family_and_the_miss_that_it_does_not_say() {
    let official = event(metric("tAnswered", session("wait"), 30));
    let list = [("nOverSla", Exclusion::AnsweredOfficially), ("tAnswered", Exclusion::SameSession)];
    assert_eq!(exclusions(answered_call().into_iter().chain([official])), expected(&list));
    let abandon = event(metric("tAbandon", session("wait"), 30));
    assert_eq!(exclusions(answered_call().into_iter().chain([abandon])), expected(&list));
}

#[test]
fn an_official_fact_on_the_agents_session_replaces_that_of_the_queue() {
    let official = event(metric("tAnswered", session("talk"), 31));
    let list = [("nOverSla", Exclusion::AnsweredOfficially), ("tAnswered", Exclusion::SameQueue)];
    assert_eq!(exclusions(answered_call().into_iter().chain([official])), expected(&list));
    let late = event(metric("tAnswered", session("talk"), 41));
    assert_eq!(exclusions(answered_call().into_iter().chain([late])), []);
}

#[test]
fn what_a_complete_read_does_not_say_did_not_happen() {
    let read = [api(FactKind::Closed(after(60))), api(FactKind::Read(after(3_600)))];
    let complete = Exclusion::Complete;
    let list = ["nOffered", "nOverSla", "tAcd", "tAnswered"].map(|metric| (metric, complete));
    assert_eq!(exclusions(answered_call().into_iter().chain(read)), expected(&list));
}

#[test]
fn of_two_sources_the_one_with_more_facts_counts() {
    let talk = |seconds| metric("tTalk", session("talk"), seconds);
    let facts = [event(talk(1)), event(talk(2)), api(talk(3))];
    assert_eq!(exclusions(facts), expected(&[("tTalk", Exclusion::EventSetCounts)]));
    let facts = [event(talk(1)), api(talk(3))];
    assert_eq!(exclusions(facts), expected(&[("tTalk", Exclusion::ApiSetCounts)]));
}

#[test]
fn an_event_without_a_session_that_the_api_reports_under_one_counts_once() {
    let record = event(metric("nOffered", MetricSession::Record(id("record")), 1));
    let facts = [record, api(metric("nOffered", session("wait"), 2))];
    assert_eq!(exclusions(facts), expected(&[("nOffered", Exclusion::ReportedUnderSession)]));
}
