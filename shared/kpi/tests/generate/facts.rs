//! Facts of every kind, of both sources.

use super::sets::Theme;
use super::{GRACE_PERIODS, duration, id, time};
use headroom_kpi::facts::{
    AcdEnd, AcdStart, Acw, BudgetMetric, BudgetReport, BudgetScope, Durations, FactKind,
    MetricFact, MetricSession, Outcome, Transfer, UserEnd, UserStart, Work,
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

pub(super) fn kind(base: Millis, theme: Theme) -> impl Strategy<Value = FactKind> {
    let customer = || (id(&["c1", "b"]), time(base));
    let [acd_starts, acd_ends, user_starts, user_ends, acws, metrics] = theme.weights;
    prop_oneof![
        acd_starts => (id(ACD), acd_start(base)).prop_map(|(id, e)| FactKind::AcdStart(id, e)),
        acd_ends => (id(ACD), acd_end(base)).prop_map(|(id, e)| FactKind::AcdEnd(id, e)),
        user_starts => (id(USER), user_start(base)).prop_map(|(id, e)| FactKind::UserStart(id, e)),
        user_ends => (id(USER), user_end(base)).prop_map(|(id, e)| FactKind::UserEnd(id, e)),
        acws => (id(USER), acw(base)).prop_map(|(id, e)| FactKind::Acw(id, e)),
        metrics => metric(base, theme.metrics).prop_map(FactKind::Metric),
        1 => customer().prop_map(|(id, at)| FactKind::CustomerStart(id, at)),
        1 => customer().prop_map(|(id, at)| FactKind::CustomerEnd(id, at)),
        1 => time(base).prop_map(FactKind::Closed),
        2 => read(base),
    ]
}

/// A read, at times near a grace period after `base`.
pub(super) fn read(base: Millis) -> impl Strategy<Value = FactKind> {
    let grace = select(&GRACE_PERIODS[..]);
    (time(base), grace).prop_map(|(at, grace)| FactKind::Read(at + Millis(grace)))
}

pub(super) fn report(base: Millis) -> impl Strategy<Value = BudgetReport> {
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
    let any_parts = (part(), part(), part(), part(), part()).prop_map(
        |(alerting, interacting, hold, contacting, dialing)| Durations {
            alerting,
            interacting,
            hold,
            contacting,
            dialing,
        },
    );
    let alert_alone = part().prop_map(|alerting| Durations { alerting, ..Durations::default() });
    let durations = prop_oneof![2 => any_parts, 1 => alert_alone];
    let transfer = weighted(0.6, select(&[Transfer::Blind, Transfer::Consult][..]));
    let parts = (time(base), work(), durations, transfer);
    parts.prop_map(|(time, work, durations, transfer)| UserEnd { time, work, durations, transfer })
}

fn acw(base: Millis) -> impl Strategy<Value = Acw> {
    let parts = (time(base), work(), of(duration()));
    parts.prop_map(|(time, work, wrapup)| Acw { time, work, wrapup })
}

fn metric(base: Millis, names: &'static [&'static str]) -> impl Strategy<Value = MetricFact> {
    let session = prop_oneof![
        5 => id(ALL).prop_map(MetricSession::Session),
        1 => id(RECORDS).prop_map(MetricSession::Record),
    ];
    let name = select(names).prop_map(|name| Metric::parse(name).unwrap());
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
