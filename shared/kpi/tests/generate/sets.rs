//! Sets of facts: of all kinds, or most of them about the same rules.

use super::facts::{kind, read, report};
use super::time;
use headroom_kpi::facts::{FactKind, MetricFact, MetricSession, Source};
use headroom_kpi::{Fact, Metric, Millis};
use proptest::prelude::*;
use proptest::sample::select;

/// What the facts of a set are about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Theme {
    /// How often there are starts and ends of waits, starts and ends of agents' sessions, after-call
    /// work, and metrics.
    pub(super) weights: [u32; 6],
    /// Names of the metrics.
    pub(super) metrics: &'static [&'static str],
}

/// Metrics that the rules derive, those with more than one rule more often, and others.
const EVERYTHING: Theme = Theme {
    weights: [16, 20, 16, 12, 8, 30],
    metrics: &[
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
        "tNotResponding",
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
        "xNew",
        "oExternalMedia",
        "oMessageTurn",
        "oWaiting",
        "oAlerting",
        "oInteracting",
    ],
};

/// Waits, and what Genesys says of how they ended.
const OUTCOMES: Theme = Theme {
    weights: [4, 30, 1, 1, 1, 40],
    metrics: &["tAnswered", "tAbandon", "tFlowOut", "nOverSla", "tShortAbandon"],
};

const TRANSFERS: Theme = Theme {
    weights: [1, 1, 4, 40, 1, 12],
    metrics: &["nTransferred", "nBlindTransferred", "nConsultTransferred"],
};

/// Alerts while a wait goes on, and after it.
const ALERTS: Theme =
    Theme { weights: [30, 15, 30, 20, 1, 8], metrics: &["tAlert", "tAnswered", "tNotResponding"] };

/// Sessions of agents with their parts and after-call work.
const WORK: Theme = Theme {
    weights: [1, 1, 20, 30, 30, 20],
    metrics: &["tHandle", "tAcw", "tContacting", "tDialing", "tAlert", "tTalkComplete"],
};

/// The same few metrics from both sources.
const SOURCES: Theme =
    Theme { weights: [1, 1, 1, 1, 1, 60], metrics: &["oMessageTurn", "tAnswered", "nNew_1"] };

const THEMES: [Theme; 4] = [OUTCOMES, ALERTS, WORK, SOURCES];

pub(crate) fn facts(base: Millis) -> impl Strategy<Value = Vec<Fact>> {
    // Few facts leave sessions open, many make them meet.
    let everything = move |length| set(base, EVERYTHING, length);
    let about_a_theme = select(&THEMES[..]).prop_flat_map(move |theme| set(base, theme, 20));
    prop_oneof![
        10 => everything(6),
        10 => everything(16),
        10 => everything(40),
        16 => about_a_theme,
        6 => set(base, TRANSFERS, 16).prop_map(with_totals),
        10 => whole_read(base, everything(16)),
        1 => reports(base),
    ]
}

fn set(base: Millis, theme: Theme, length: usize) -> impl Strategy<Value = Vec<Fact>> {
    let fact = (source(), kind(base, theme)).prop_map(|(source, kind)| Fact {
        source: if has_session(&kind) { source } else { Source::Event },
        kind,
    });
    proptest::collection::vec(fact, 0..length)
}

fn source() -> impl Strategy<Value = Source> {
    prop_oneof![2 => Just(Source::Event), 1 => Just(Source::Api)]
}

/// Each metric of an API response stands in a session.
fn has_session(kind: &FactKind) -> bool {
    !matches!(kind, FactKind::Metric(MetricFact { session: MetricSession::Record(_), .. }))
}

/// Genesys emits `nTransferred` at the same time as each kind of transfer.
fn with_totals(facts: Vec<Fact>) -> Vec<Fact> {
    let totals: Vec<Fact> = facts.iter().cloned().filter_map(total).collect();
    facts.into_iter().chain(totals).collect()
}

fn total(fact: Fact) -> Option<Fact> {
    let FactKind::Metric(kind) = fact.kind else {
        return None;
    };
    let metric = Metric::parse("nTransferred")?;
    Some(Fact { kind: FactKind::Metric(MetricFact { metric, ..kind }), ..fact })
}

/// A set of facts, and a read after the conversation was over.
fn whole_read(
    base: Millis,
    facts: impl Strategy<Value = Vec<Fact>>,
) -> impl Strategy<Value = Vec<Fact>> {
    let closed = time(base).prop_map(FactKind::Closed);
    (facts, closed, read(base)).prop_map(|(mut facts, closed, read)| {
        facts.extend([closed, read].map(|kind| Fact { source: Source::Api, kind }));
        facts
    })
}

/// The facts of the entity of the API budget.
fn reports(base: Millis) -> impl Strategy<Value = Vec<Fact>> {
    let fact = report(base)
        .prop_map(|report| Fact { source: Source::Event, kind: FactKind::Budget(report) });
    proptest::collection::vec(fact, 1..6)
}
