//! Gap detection against the simulated Genesys: no gap where nothing is missing, and none missed
//! where what was lost left a trace (`kpis.md#gaps`).

#![allow(clippy::cast_precision_loss, clippy::unwrap_used, clippy::panic)]

mod lost;
mod read;

use headroom_genesys::{Parsed, parse};
use headroom_kpi::Fact;
use headroom_kpi::facts::{FactKind, MetricSession};
use headroom_kpi::gaps::{due, find_gaps};
use headroom_kpi::{
    ContributionBuilder, Contributions, Conversation, Entity, EntityKey, Id, Settings,
};
use headroom_simulator::{Assumptions, Feed, LineKind, Options, Outcome};
use headroom_tests::{options, simulate};
use std::collections::BTreeMap;

const SEEDS: u64 = 20;
const CONVERSATIONS: u64 = 200;
const LOST: f64 = 0.05;

/// The facts of each conversation, from its events.
type FactsByEntity = BTreeMap<EntityKey, Vec<Fact>>;

fn facts_of_feed(seed: u64, feed: Feed) -> FactsByEntity {
    // An outcome that Genesys' metrics do not have is corrected by a read, so it is a gap.
    let customer_first_outcome = Outcome::Unknown;
    let assumptions = Assumptions { customer_first_outcome, ..Assumptions::random(seed) };
    let (lines, _) = simulate(&Options { feed, assumptions, ..options(seed, CONVERSATIONS) });
    let mut facts = FactsByEntity::new();
    for line in lines.iter().filter(|line| line.kind == LineKind::Event) {
        if let Ok(Parsed::Fact(key, fact)) = parse(&line.bytes) {
            facts.entry(key).or_default().push(fact);
        }
    }
    facts
}

fn fold(facts: &[Fact]) -> Conversation {
    let mut conversation = Conversation::default();
    for fact in facts {
        conversation.fold(fact.clone());
    }
    conversation
}

/// Whether the simulator withholds the end of a conversation. Both feeds together show that: the
/// customer does not leave, or an agent's handling is not summed up.
fn is_cut(facts: &[Fact]) -> bool {
    let has_end = facts.iter().any(|fact| matches!(fact.kind, FactKind::CustomerEnd(..)));
    let summed = |id: &Id| {
        let handle = |fact: &Fact| match &fact.kind {
            FactKind::Metric(metric) => {
                metric.metric.as_str() == "tHandle"
                    && metric.session == MetricSession::Session(id.clone())
            }
            _ => false,
        };
        facts.iter().any(handle)
    };
    let is_summed_up = facts.iter().all(|fact| match &fact.kind {
        FactKind::UserEnd(id, end) => {
            let spent = end.durations;
            let handling = spent.interacting + spent.hold + spent.contacting + spent.dialing;
            handling.0 == 0 || summed(id)
        }
        _ => true,
    });
    !(has_end && is_summed_up)
}

/// What a feed has of the conversations whose end is not withheld.
fn whole(seed: u64, feed: Feed) -> FactsByEntity {
    let complete = facts_of_feed(seed, Feed::Both);
    let mut facts = facts_of_feed(seed, feed);
    facts.retain(|key, _| !is_cut(&complete[key]));
    facts
}

fn contributions(conversation: &Conversation) -> Contributions {
    let entity = Entity::Conversation(conversation.clone());
    ContributionBuilder::default().build(&entity, &Settings::default())
}

fn rules(conversation: &Conversation) -> Vec<&'static str> {
    find_gaps(conversation, &Settings::default()).iter().map(|gap| gap.rule).collect()
}

#[test]
fn a_complete_feed_has_no_gap() {
    for feed in [Feed::Both, Feed::Metrics, Feed::Detail] {
        for seed in 0..SEEDS {
            for (key, facts) in whole(seed, feed) {
                let conversation = fold(&facts);
                assert_eq!(
                    rules(&conversation),
                    Vec::<&str>::new(),
                    "seed {seed}, {feed:?}, {key:?}"
                );
                let due = due(&conversation, &Settings::default());
                assert_eq!(due, None, "seed {seed}, {feed:?}, {key:?}");
            }
        }
    }
}
