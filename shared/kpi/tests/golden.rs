//! The stored form of an entity: what is written once is read for good.

#![allow(clippy::unwrap_used)]

use headroom_kpi::facts::{
    AcdEnd, AcdStart, Acw, AgentFact, BudgetMetric, BudgetReport, BudgetScope, Change, Durations,
    FactKind, MetricFact, MetricSession, Outcome, Presence, QueueList, QueueMark, Source, UserEnd,
    UserStart, Work,
};
use headroom_kpi::stored::{decode, encode};
use headroom_kpi::{
    ContributionBuilder, Contributions, Entity, EntityKey, Fact, Id, Media, Metric, Millis,
    Settings, Status,
};
use std::fmt::Write;

/// Written by encoding version 1. It never changes; a new version gets a file of its own.
const GOLDEN_V1: &str = include_str!("golden/answered_call_v1.hex");

/// The same call, written when keys had another order.
const OTHER_ORDER: &str = include_str!("golden/answered_call_v1_other_order.hex");

/// The same call after a gap read, and a report about the budget: what version 2 is for.
const GOLDEN_V2: [&str; 2] =
    [include_str!("golden/read_call_v2.hex"), include_str!("golden/budget_v2.hex")];

/// The same call while the customer talks to the agent: what version 3 is for.
const GOLDEN_V3: &str = include_str!("golden/open_call_v3.hex");

/// An agent, which version 4 is for.
const GOLDEN_V4: &str = include_str!("golden/agent_v4.hex");

const CONVERSATION: &str = "3bd57569-0c3e-5a3b-9b39-4e3a6d403df0";
const QUEUE: &str = "9a79c003-1f95-5307-9a02-c9b297a97451";
const AGENT: &str = "26a61e44-9b79-52bf-abce-6a05713ff3ce";
const START: i64 = 1_778_594_530_000;

fn id(text: &str) -> Id {
    Id::parse(text).unwrap()
}

/// A plain answered call: customer, ACD, user and after-call work; no metric events.
fn answered_call() -> Entity {
    let media = Some(Media::new("voice"));
    let at = |ms: i64| Millis(START + ms);
    let queue = id(QUEUE);
    let work =
        Work { user: id(AGENT), queue: Some(queue.clone()), media: media.clone(), outbound: false };
    let acd_end = AcdEnd {
        time: at(75_480),
        queue: queue.clone(),
        media: media.clone(),
        outcome: Some(Outcome::Answered),
        connected: Some(Millis(43_465)),
        answered_user: Some(id(AGENT)),
    };
    let durations = Durations {
        alerting: Millis(5_380),
        interacting: Millis(215_000),
        hold: Millis(25_000),
        ..Durations::default()
    };
    let acd = id("59a25793-9d45-5ee0-bf76-d0e15a70303b");
    let user = id("6ebfdda9-6f02-560a-b709-81cbf6eb41ec");
    let customer = id("c4cab014-778b-52d8-a5c9-d16c07e86f97");
    let user_end = UserEnd { time: at(315_480), work: work.clone(), durations, transfer: None };
    let wrapup = Some(Millis(34_720));
    let events = [
        FactKind::CustomerStart(customer.clone(), at(0)),
        FactKind::AcdStart(acd.clone(), AcdStart { time: at(32_015), queue, media }),
        FactKind::UserStart(user.clone(), UserStart { time: at(70_100), work: work.clone() }),
        FactKind::AcdEnd(acd, acd_end),
        FactKind::UserEnd(user.clone(), user_end),
        FactKind::CustomerEnd(customer, at(315_500)),
        FactKind::Acw(user, Acw { time: at(350_200), work, wrapup }),
    ];
    let mut entity = Entity::new(&EntityKey::Conversation(id(CONVERSATION)));
    for kind in events {
        entity.fold(Fact { source: Source::Event, kind });
    }
    entity
}

/// With all derived metrics, as the files have them: the read came before the grace period was over, so
/// the conversation is not complete (`kpis.md#complete`).
fn contributions(entity: &Entity) -> Contributions {
    let mut settings = Settings::default();
    settings.gaps.grace_period = Millis(900_000);
    ContributionBuilder::default().build(entity, &settings)
}

fn encoded(entity: &Entity) -> Vec<u8> {
    encode(entity, &contributions(entity))
}

/// An answer has the same call, and one metric that no event brought.
fn read_call() -> Entity {
    let mut entity = answered_call();
    let metric = MetricFact {
        session: MetricSession::Session(id("6ebfdda9-6f02-560a-b709-81cbf6eb41ec")),
        metric: Metric::parse("nConnected").unwrap(),
        emitted: Millis(START + 75_500),
        value: 1,
        queue: Some(id(QUEUE)),
        user: Some(id(AGENT)),
        media: Media::new("voice"),
    };
    let closed = FactKind::Closed(Millis(START + 350_200));
    for kind in [FactKind::Metric(metric), closed, FactKind::Read(Millis(START + 900_000))] {
        entity.fold(Fact { source: Source::Api, kind });
    }
    entity
}

fn budget() -> Entity {
    let sums =
        vec![(BudgetMetric::DayUsed, 1_234), (BudgetMetric::Gap, 1_200), (BudgetMetric::Due, 7)];
    let report = BudgetReport { at: Millis(START), scope: BudgetScope::Day(20_585), sums };
    let mut entity = Entity::new(&EntityKey::ApiBudget(report.scope));
    entity.fold(Fact { source: Source::Event, kind: FactKind::Budget(report) });
    entity
}

fn agent() -> Entity {
    let at = |ms: i64| Millis(START + ms);
    let list = |ms| QueueList::new(at(ms), vec![id(QUEUE), id("q2")]);
    let routing = |ms, status| {
        let value = Status::parse(status).unwrap();
        AgentFact::Routing(Change { at: at(ms), reported_at: at(ms + 180), value })
    };
    let presence = |ms, status, organization| {
        let value = Presence { system: Status::parse(status).unwrap(), organization };
        AgentFact::Presence(Change { at: at(ms), reported_at: at(ms + 180), value })
    };
    let events = [
        presence(0, "OnQueue", Some(id(CONVERSATION))),
        routing(200, "IDLE"),
        routing(600_000, "INTERACTING"),
        presence(700_000, "ON_BREAK2", Some(id("break"))),
        AgentFact::Joined(list(100)),
        AgentFact::Mark(QueueMark { queue: id("q3"), at: at(500), joined: true }),
        AgentFact::OutOfOffice(at(600), true),
    ];
    let mut entity = Entity::new(&EntityKey::Agent(id(AGENT)));
    for kind in events {
        entity.fold(Fact { source: Source::Event, kind: FactKind::Agent(kind) });
    }
    for kind in [AgentFact::Members(list(300)), routing(900_000, "IDLE")] {
        entity.fold(Fact { source: Source::Api, kind: FactKind::Agent(kind) });
    }
    entity
}

fn stored(entity: Entity) -> (Entity, Contributions) {
    let contributions = contributions(&entity);
    (entity, contributions)
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for line in bytes.chunks(32) {
        for byte in line {
            write!(text, "{byte:02x}").unwrap();
        }
        text.push('\n');
    }
    text
}

fn from_hex(text: &str) -> Vec<u8> {
    let digits: Vec<_> = text.chars().filter_map(|c| c.to_digit(16)).collect();
    digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap()).collect()
}

#[test]
fn the_encoding_is_that_of_the_golden_file() {
    assert_eq!(hex(&encoded(&answered_call())), GOLDEN_V1, "a new encoding needs a new version");
}

#[test]
fn the_golden_file_is_still_read() {
    assert_eq!(decode(&from_hex(GOLDEN_V1)).unwrap(), stored(answered_call()));
}

#[test]
fn what_gap_reads_bring_stands_behind_in_version_2() {
    let entities = [read_call(), budget()];
    for (entity, golden) in entities.into_iter().zip(GOLDEN_V2) {
        assert_eq!(hex(&encoded(&entity)), golden, "a new encoding needs a new version");
        assert_eq!(decode(&from_hex(golden)).unwrap(), stored(entity));
    }
    let rows = contributions(&budget()).rows().map(|(row, _)| row.to_string()).collect::<Vec<_>>();
    assert_eq!(rows, ["api#budget|P1D#2026-05-12"]);
}

#[test]
fn an_agent_is_stored_in_version_4() {
    assert_eq!(hex(&encoded(&agent())), GOLDEN_V4, "a new encoding needs a new version");
    assert_eq!(decode(&from_hex(GOLDEN_V4)).unwrap(), stored(agent()));
}

/// The call before the agent's end.
fn open_call() -> Entity {
    let media = Some(Media::new("voice"));
    let queue = id(QUEUE);
    let work = Work { user: id(AGENT), queue: Some(queue), media, outbound: false };
    let start = UserStart { time: Millis(START + 70_100), work };
    let session = id("6ebfdda9-6f02-560a-b709-81cbf6eb41ec");
    let mut entity = Entity::new(&EntityKey::Conversation(id(CONVERSATION)));
    entity.fold(Fact { source: Source::Event, kind: FactKind::UserStart(session, start) });
    entity
}

#[test]
fn when_an_open_session_began_stands_in_version_3() {
    assert_eq!(hex(&encoded(&open_call())), GOLDEN_V3, "a new encoding needs a new version");
    assert_eq!(decode(&from_hex(GOLDEN_V3)).unwrap(), stored(open_call()));
}

/// A name that gets a number moves in the order of names, and what is stored does not move along.
#[test]
fn what_was_written_in_another_order_is_read_in_todays() {
    assert_ne!(OTHER_ORDER, GOLDEN_V1);
    assert_eq!(decode(&from_hex(OTHER_ORDER)).unwrap(), stored(answered_call()));
}

/// DynamoDB counts an item as the UTF-8 bytes of its attribute names and values: a text its
/// bytes, binary its bytes, a number (digits + 1) / 2 + 1 bytes ("Item sizes and formats",
/// Amazon DynamoDB developer guide).
#[test]
fn a_plain_answered_call_is_an_item_of_at_most_1000_bytes() {
    let key = EntityKey::Conversation(id(CONVERSATION)).partition_key();
    let number = |digits: usize| digits.div_ceil(2) + 1;
    // Partition key, version, the entity, and when it is due for a gap read (in seconds).
    let attributes = [
        ("pk".len(), key.len()),
        ("version".len(), number(4)),
        ("entity".len(), encoded(&answered_call()).len()),
        ("dueAt".len(), number(10)),
        ("dueShard".len(), number(2)),
    ];
    let size: usize = attributes.iter().map(|(name, value)| name + value).sum();
    assert!(size <= 1_000, "{size} bytes");
}
