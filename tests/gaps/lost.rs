//! What is missed when events are lost, and what is read in vain.

use super::{LOST, SEEDS, contributions, fold, rules, whole};
use headroom_kpi::Fact;
use headroom_kpi::facts::FactKind;
use headroom_kpi::gaps::due;
use headroom_kpi::{Contributions, Conversation, Measure, RowKey, Settings};
use headroom_simulator::Feed;
use headroom_tests::{WITHOUT_TRACE, is_without_trace};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, BTreeSet};

/// What became of the conversations of which something was lost.
#[derive(Default)]
struct Measured {
    conversations: usize,
    /// Their numbers differ from those of the complete feed.
    wrong: usize,
    due: usize,
    /// How often what was lost of those that are wrong and not due.
    missed: BTreeMap<String, usize>,
    /// Due, and the numbers are right, since those that were derived happen to be Genesys' own.
    by_luck: usize,
    /// Due, and the numbers are right, although no metric was lost.
    needless: usize,
    /// The rows of all conversations, by seed.
    rows: BTreeSet<(u64, RowKey)>,
    /// Those that stay wrong, since a conversation that counts in them is wrong and not due.
    wrong_rows: BTreeSet<(u64, RowKey)>,
    /// Those of them with a wrong number of a metric whose loss leaves a trace.
    wrong_traced_rows: BTreeSet<(u64, RowKey)>,
}

fn name(fact: &Fact) -> String {
    match &fact.kind {
        FactKind::Metric(fact) => fact.metric.to_string(),
        other => format!("{other:?}").split('(').next().unwrap().to_owned(),
    }
}

fn measured(feed: Feed) -> Measured {
    let mut measured = Measured::default();
    for seed in 0..SEEDS {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        for facts in whole(seed, feed).into_values() {
            let complete = fold(&facts);
            let rows = contributions(&complete);
            measured.rows.extend(rows.rows().map(|(row, _)| (seed, row.clone())));
            if !rules(&complete).is_empty() {
                continue;
            }
            let (received, lost): (Vec<Fact>, Vec<Fact>) =
                facts.into_iter().partition(|_| !random.random_bool(LOST));
            if !lost.is_empty() && !received.is_empty() {
                measured.compare(seed, &fold(&received), &complete, &lost);
            }
        }
    }
    measured
}

impl Measured {
    fn compare(
        &mut self,
        seed: u64,
        partial: &Conversation,
        complete: &Conversation,
        lost: &[Fact],
    ) {
        let settings = Settings::default();
        let (partial_rows, complete_rows) = (contributions(partial), contributions(complete));
        let wrong_rows = differing_rows(&partial_rows, &complete_rows, |_| true);
        let wrong = !wrong_rows.is_empty();
        let due = due(partial, &settings).is_some();
        self.conversations += 1;
        self.wrong += usize::from(wrong);
        self.due += usize::from(due);
        let metric = lost.iter().any(|fact| matches!(fact.kind, FactKind::Metric(_)));
        match (wrong, due) {
            (true, false) => {
                self.wrong_rows.extend(wrong_rows.into_iter().map(|row| (seed, row)));
                let rows = differing_rows(&partial_rows, &complete_rows, has_trace);
                self.wrong_traced_rows.extend(rows.into_iter().map(|row| (seed, row)));
                let lost: Vec<_> = lost.iter().map(name).collect();
                *self.missed.entry(lost.join(" ")).or_default() += 1;
            }
            (false, true) if metric => self.by_luck += 1,
            (false, true) => self.needless += 1,
            _ => {}
        }
    }

    fn print(&self, feed: Feed) {
        let Self { conversations, wrong, due, missed, by_luck, needless, .. } = self;
        println!(
            "{feed:?}: of {conversations} conversations with losses {wrong} are wrong and {due} \
             due; {} missed, {by_luck} right by luck, {needless} needless",
            missed.values().sum::<usize>()
        );
        for (lost, count) in missed {
            println!("  missed {count} times: {lost}");
        }
        let share = |rows: usize| {
            let permille = rows * 1000 / self.rows.len();
            format!("{}.{} %", permille / 10, permille % 10)
        };
        println!(
            "of {} rows {} stay wrong, {} in a metric whose loss leaves a trace",
            self.rows.len(),
            share(self.wrong_rows.len()),
            share(self.wrong_traced_rows.len())
        );
    }
}

fn has_trace(measure: &Measure) -> bool {
    let name = measure.public_name();
    name.is_none_or(|(metric, _)| !is_without_trace(metric))
}

/// The rows in which a measure that is compared differs.
fn differing_rows(
    partial: &Contributions,
    complete: &Contributions,
    is_compared: impl Fn(&Measure) -> bool,
) -> BTreeSet<RowKey> {
    let amounts = |contributions: &Contributions| -> BTreeMap<RowKey, Vec<(Measure, i64)>> {
        let compared = |amounts: &[(Measure, i64)]| {
            amounts.iter().filter(|(measure, _)| is_compared(measure)).cloned().collect()
        };
        contributions.rows().map(|(row, amounts)| (row.clone(), compared(amounts))).collect()
    };
    let (partial, complete) = (amounts(partial), amounts(complete));
    let empty = Vec::new();
    let differs =
        |row: &&RowKey| partial.get(*row).unwrap_or(&empty) != complete.get(*row).unwrap_or(&empty);
    partial.keys().chain(complete.keys()).filter(differs).cloned().collect()
}

#[test]
fn with_both_feeds_only_what_leaves_no_trace_is_missed() {
    let measured = measured(Feed::Both);
    measured.print(Feed::Both);
    assert!(measured.wrong > 500);
    let has_trace = |lost: &&String| !lost.split(' ').any(|name| WITHOUT_TRACE.contains(&name));
    let traced: Vec<_> = measured.missed.keys().filter(has_trace).collect();
    // The answer of a callback or message whose `acd.end` has no known outcome.
    assert!(traced.len() * 100 < measured.wrong, "{traced:?}");
    assert!(measured.needless * 100 < measured.due, "{} needless", measured.needless);
}

/// Without Genesys' metrics nothing tells of after-call work but its own event, of an agent called
/// in without a queue, and of an alert that nobody answered, but their own two.
#[test]
fn with_detail_events_alone_only_what_leaves_no_trace_is_missed() {
    let measured = measured(Feed::Detail);
    measured.print(Feed::Detail);
    let has_trace = |lost: &&String| {
        let has = |name| lost.split(' ').any(|lost| lost == name);
        !(has("Acw") || has("UserStart") && has("UserEnd"))
    };
    let traced: Vec<_> = measured.missed.keys().filter(has_trace).collect();
    assert!(traced.len() * 100 < measured.wrong, "{traced:?}");
}
