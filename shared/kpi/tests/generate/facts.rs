//! Facts of every kind, of both sources.

use super::{duration, id, time};
use headroom_kpi::Fact;
use headroom_kpi::facts::{
    AcdEnd, AcdStart, Acw, BudgetMetric, BudgetReport, BudgetScope, Durations, FactKind,
    MetricFact, MetricSession, Outcome, Source, Transfer, UserEnd, UserStart, Work,
};
use headroom_kpi::{Id, Media, Metric, Millis};
use proptest::option::{of, weighted};
use proptest::prelude::*;
use proptest::sample::select;

/// The middle two are sessions of both kinds; text ids and UUIDs sort among each other.
const ACD: &[&str] = &["9", "30000000-0000-4000-8000-00000000000a", "b", "c-1"];
const USER: &[&str] = &["30000000-0000-4000-8000-00000000000a", "b", "2é", "Z"];
/// Of metric facts: all of these, and one that no event names.
const ALL: &[&str] = &[
    "9",
    "30000000-0000-4000-8000-00000000000a",
    "b",
    "c-1",
    "2é",
    "Z",
    "10000000-0000-4000-8000-000000000001",
];
const RECORDS: &[&str] = &["b", "r1", "20000000-0000-4000-8000-000000000001"];
const QUEUES: &[&str] = &["q1", "q1", "q1", "q2"];
const USERS: &[&str] = &["u1", "u1", "00000000-0000-4000-8000-0000000000e2", "u3"];

/// Metrics that the rules derive, those with more than one rule more often, and others.
const METRICS: &[&str] = &[
    "tAnswered",
    "tAnswered",
    "tAnswered",
    "nOverSla",
    "nOverSla",
    "nOverSla",
    "tAbandon",
    "tAbandon",
    "tAbandon",
    "tShortAbandon",
    "tShortAbandon",
    "nOffered",
    "nOffered",
    "tAcd",
    "tFlowOut",
    "tAlert",
    "tTalkComplete",
    "tHeldComplete",
    "tContacting",
    "tDialing",
    "tAcw",
    "tHandle",
    "nTransferred",
    "nBlindTransferred",
    "nConsultTransferred",
    "tWait",
    "nNew_1",
    "tNew",
    "oExternalMedia",
];

pub(crate) fn facts(base: Millis) -> impl Strategy<Value = Vec<Fact>> {
    // Few facts leave sessions open, many make them meet.
    let up_to = move |length| proptest::collection::vec(fact(base), 0..length);
    prop_oneof![10 => up_to(6), 10 => up_to(16), 10 => up_to(40), 1 => reports(base)]
}

fn fact(base: Millis) -> impl Strategy<Value = Fact> {
    (source(), kind(base)).prop_map(|(source, kind)| Fact { source, kind })
}

fn source() -> impl Strategy<Value = Source> {
    prop_oneof![2 => Just(Source::Event), 1 => Just(Source::Api)]
}

fn kind(base: Millis) -> impl Strategy<Value = FactKind> {
    let customer = || (id(&["c1", "b"]), time(base));
    prop_oneof![
        16 => (id(ACD), acd_start(base)).prop_map(|(id, e)| FactKind::AcdStart(id, e)),
        20 => (id(ACD), acd_end(base)).prop_map(|(id, e)| FactKind::AcdEnd(id, e)),
        16 => (id(USER), user_start(base)).prop_map(|(id, e)| FactKind::UserStart(id, e)),
        12 => (id(USER), user_end(base)).prop_map(|(id, e)| FactKind::UserEnd(id, e)),
        8 => (id(USER), acw(base)).prop_map(|(id, e)| FactKind::Acw(id, e)),
        2 => customer().prop_map(|(id, at)| FactKind::CustomerStart(id, at)),
        2 => customer().prop_map(|(id, at)| FactKind::CustomerEnd(id, at)),
        30 => metric(base).prop_map(FactKind::Metric),
        1 => time(base).prop_map(FactKind::Closed),
        2 => time(base).prop_map(FactKind::Read),
    ]
}

/// The facts of the entity of the API budget.
fn reports(base: Millis) -> impl Strategy<Value = Vec<Fact>> {
    let fact = report(base)
        .prop_map(|report| Fact { source: Source::Event, kind: FactKind::Budget(report) });
    proptest::collection::vec(fact, 1..6)
}

fn report(base: Millis) -> impl Strategy<Value = BudgetReport> {
    let scope = prop_oneof![Just(BudgetScope::Now), (0..40_000).prop_map(BudgetScope::Day)];
    let sums =
        proptest::collection::btree_map(select(BudgetMetric::ALL), 1..2_000_000_000_i64, 0..9);
    (time(base), scope, sums).prop_map(|(at, scope, sums)| BudgetReport {
        at,
        scope,
        sums: sums.into_iter().collect(),
    })
}

fn media() -> impl Strategy<Value = Media> {
    select(&["voice", "voice", "voice", "message", "Hologram"][..]).prop_map(Media::new)
}

fn acd_start(base: Millis) -> impl Strategy<Value = AcdStart> {
    (time(base), id(QUEUES), of(media())).prop_map(|(time, queue, media)| AcdStart {
        time,
        queue,
        media,
    })
}

fn acd_end(base: Millis) -> impl Strategy<Value = AcdEnd> {
    let outcome = prop_oneof![
        4 => Just(Some(Outcome::Answered)),
        3 => Just(Some(Outcome::Abandon)),
        1 => Just(Some(Outcome::FlowOut)),
        1 => Just(None),
    ];
    let body = (outcome, of(duration()), weighted(0.8, id(USERS)));
    (acd_start(base), body).prop_map(|(common, (outcome, connected, answered_user))| AcdEnd {
        time: common.time,
        queue: common.queue,
        media: common.media,
        outcome,
        connected,
        answered_user,
    })
}

fn work() -> impl Strategy<Value = Work> {
    let outbound = proptest::bool::weighted(0.1);
    let queue = weighted(0.75, id(QUEUES));
    let parts = (id(USERS), queue, of(media()), outbound);
    parts.prop_map(|(user, queue, media, outbound)| Work { user, queue, media, outbound })
}

fn user_start(base: Millis) -> impl Strategy<Value = UserStart> {
    (time(base), work()).prop_map(|(time, work)| UserStart { time, work })
}

fn user_end(base: Millis) -> impl Strategy<Value = UserEnd> {
    let zero = || Just(Millis(0));
    let part = move || prop_oneof![zero(), duration()];
    let durations = (part(), part(), part(), part(), part()).prop_map(
        |(alerting, interacting, hold, contacting, dialing)| Durations {
            alerting,
            interacting,
            hold,
            contacting,
            dialing,
        },
    );
    let transfer = of(select(&[Transfer::Blind, Transfer::Consult][..]));
    let parts = (time(base), work(), durations, transfer);
    parts.prop_map(|(time, work, durations, transfer)| UserEnd { time, work, durations, transfer })
}

fn acw(base: Millis) -> impl Strategy<Value = Acw> {
    let parts = (time(base), work(), of(duration()));
    parts.prop_map(|(time, work, wrapup)| Acw { time, work, wrapup })
}

fn metric(base: Millis) -> impl Strategy<Value = MetricFact> {
    let session = prop_oneof![
        5 => id(ALL).prop_map(MetricSession::Session),
        1 => id(RECORDS).prop_map(MetricSession::Record),
    ];
    let name = select(METRICS).prop_map(|name| Metric::parse(name).unwrap());
    let dimensions = (weighted(0.85, id(QUEUES)), of(id(USERS)), media());
    let parts = (session, name, time(base), duration(), dimensions);
    parts.prop_map(|(session, metric, emitted, value, (queue, user, media))| MetricFact {
        session,
        metric,
        emitted,
        value: value.0,
        queue,
        user,
        media,
    })
}

/// The id of a text, for facts made by hand.
pub(crate) fn text_id(text: &str) -> Id {
    Id::parse(text).unwrap()
}
