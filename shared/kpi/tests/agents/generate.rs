//! Facts about an agent, near each other and near borders of days and intervals.

use crate::facts::{event, id, read};
use headroom_kpi::facts::{AgentFact, Change, Presence, QueueList, QueueMark};
use headroom_kpi::{Calendar, Fact, Millis, Settings, Status};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

/// Zones, their intervals, and a time at which something happens there.
const PLACES: [(&str, u32, &str); 6] = [
    ("UTC", 30, "2026-05-12T00:00:00Z"),
    ("America/New_York", 60, "2026-11-01T06:00:00Z"),
    ("America/New_York", 15, "2026-03-08T07:00:00Z"),
    ("Australia/Lord_Howe", 30, "2026-04-04T15:00:00Z"),
    ("Africa/Cairo", 30, "2026-04-23T22:00:00Z"),
    ("Asia/Kathmandu", 15, "2026-05-12T18:15:00Z"),
];

/// Distances in milliseconds that rules depend on.
const DISTANCES: [i64; 9] = [0, 1, 500, 999, 1_000, 1_001, 2_000, 2_001, 60_000];

const STATUSES: [&str; 9] = [
    "OFF_QUEUE",
    "IDLE",
    "INTERACTING",
    "NOT_RESPONDING",
    "ON_QUEUE",
    "BREAK",
    "OFFLINE",
    "AVAILABLE",
    "NEW_1",
];

/// So many cases of each property, unless `PROPTEST_CASES` says otherwise; a failure writes no file.
pub(crate) fn few_cases() -> ProptestConfig {
    let default = ProptestConfig::default();
    let cases = if std::env::var("PROPTEST_CASES").is_ok() { default.cases } else { 200 };
    ProptestConfig { cases, failure_persistence: None, ..default }
}

/// Settings whose calendar may change at a quarter of an hour, and facts.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) settings: Settings,
    pub(crate) facts: Vec<Fact>,
}

pub(crate) fn case() -> impl Strategy<Value = Case> {
    select(&PLACES[..]).prop_flat_map(|(zone, minutes, base)| {
        let base = base.parse::<jiff::Timestamp>().unwrap().as_millisecond();
        let facts = proptest::collection::vec(fact(base), 0..24);
        let change = proptest::option::of((-8_i64..8, select(&PLACES[..])));
        (facts, change).prop_map(move |(facts, change)| {
            let mut settings = with_calendar(zone, minutes);
            if let Some((step, (zone, minutes, _))) = change {
                let from = base - base.rem_euclid(900_000) + step * 900_000;
                settings.change(Millis(from), with_calendar(zone, minutes));
            }
            Case { settings, facts }
        })
    })
}

fn with_calendar(zone: &str, minutes: u32) -> Settings {
    Settings { calendar: Calendar::new(zone, minutes).unwrap(), ..Settings::default() }
}

fn time(base: i64) -> impl Strategy<Value = Millis> {
    let step = prop_oneof![60 => -8_i64..8, 6 => -300_i64..300, 1 => -3_200_i64..3_200];
    (step, select(&DISTANCES[..]))
        .prop_map(move |(step, distance)| Millis(base + step * 900_000 + distance))
}

fn status() -> impl Strategy<Value = Status> {
    select(&STATUSES[..]).prop_map(|text| Status::parse(text).unwrap())
}

fn change<T: std::fmt::Debug>(
    base: i64,
    value: impl Strategy<Value = T>,
) -> impl Strategy<Value = Change<T>> {
    let reported_at = (0_i64..3).prop_map(Millis);
    (time(base), reported_at, value).prop_map(|(at, reported_at, value)| Change {
        at,
        reported_at,
        value,
    })
}

fn queues(base: i64) -> impl Strategy<Value = QueueList> {
    (time(base), subsequence(vec!["q1", "q2", "q3"], 0..=3))
        .prop_map(|(at, queues)| QueueList::new(at, queues.into_iter().map(id).collect()))
}

fn fact(base: i64) -> impl Strategy<Value = Fact> {
    let organization = proptest::option::of(select(&["p1", "p2"][..]).prop_map(id));
    let presence = (status(), organization)
        .prop_map(|(system, organization)| Presence { system, organization });
    let mark = (select(&["q1", "q2"][..]), time(base), any::<bool>())
        .prop_map(|(queue, at, joined)| QueueMark { queue: id(queue), at, joined });
    let kind = prop_oneof![
        8 => change(base, status()).prop_map(AgentFact::Routing),
        6 => change(base, presence).prop_map(AgentFact::Presence),
        1 => queues(base).prop_map(AgentFact::Joined),
        1 => queues(base).prop_map(AgentFact::Members),
        2 => mark.prop_map(AgentFact::Mark),
        1 => (time(base), any::<bool>()).prop_map(|(at, out)| AgentFact::OutOfOffice(at, out)),
    ];
    (kind, any::<bool>()).prop_map(|(kind, is_read)| if is_read { read(kind) } else { event(kind) })
}
