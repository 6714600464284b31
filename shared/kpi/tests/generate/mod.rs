//! Sets of facts of one entity, and settings, from pools so small that facts are about the same
//! sessions, queues and agents, at times near every limit of the rules.

mod facts;
mod sets;
mod setup;
mod story;
mod visit;

pub(crate) use facts::text_id;
pub(crate) use sets::facts;
pub(crate) use setup::setup;
pub(crate) use story::{Story, story};

use crate::naive::Setup;
use headroom_kpi::Fact;
use headroom_kpi::{Id, Millis};
use proptest::prelude::*;
use proptest::sample::select;

/// The facts of an entity, and settings.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) setup: Setup,
    pub(crate) facts: Vec<Fact>,
}

pub(crate) fn case() -> impl Strategy<Value = Case> {
    setup().prop_flat_map(|(setup, base)| {
        facts(base).prop_map(move |facts| Case { setup: setup.clone(), facts })
    })
}

/// Distances within and just beyond what the rules tell apart: 1 ms, a second, 2 s, 10 s.
const STEPS: [i64; 14] =
    [0, 0, 1, 500, 1_000, 2_000, 2_001, 9_999, 10_000, 10_001, 15_000, 20_000, 20_001, 25_000];

/// How long after its end a conversation is complete.
const GRACE_PERIODS: [i64; 3] = [1_000, 10_000, 300_000];

/// A time near `base`, on either side of it: mostly a step away, seldom hours.
pub(crate) fn time(base: Millis) -> impl Strategy<Value = Millis> {
    let near = (select(&STEPS[..]), any::<bool>());
    let far = select(&[0, 0, 0, 0, 0, 0, 0, 0, 5, 1_000, 1_800_000, 86_400_000][..]);
    (near, far).prop_map(move |((step, before), far)| {
        let distance = step + far;
        Millis(base.0 + if before { -distance } else { distance })
    })
}

/// A duration that a rule may compare with a time setting, or the longest possible.
pub(crate) fn duration() -> impl Strategy<Value = Millis> {
    let usual = select(&STEPS[..]).prop_map(Millis);
    prop_oneof![15 => usual, 1 => Just(Millis::DURATION_MAX)]
}

pub(crate) fn id(pool: &'static [&'static str]) -> impl Strategy<Value = Id> {
    select(pool).prop_map(|text| Id::parse(text).unwrap())
}
