//! Replays the published lines by the letter of `kpis.md`, as plainly as can be, and compares with
//! the truth: neither the world nor the product's engine has a part in it.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod agents;
mod effective;
mod fold;
mod lives;
mod reads;
mod rows;
mod staffing;

use fold::{Facts, Verdict};
use headroom_simulator::{
    AgentRules, Assumptions, Faults, Feed, Line, LineKind, Load, Options, Rules, Truth, run,
};
use jiff::tz::TimeZone;
use std::convert::Infallible;

fn options(seed: u64, feed: Feed, conversations: u64) -> Options {
    Options {
        seed,
        // The clocks go forward in the night after.
        start: "2026-03-28T08:00:00Z".parse().unwrap(),
        load: Load::Conversations(conversations),
        feed,
        faults: Faults::default(),
        rules: Rules { time_zone: TimeZone::get("Europe/London").unwrap(), ..Rules::default() },
        assumptions: Assumptions::random(seed),
        agents: false,
    }
}

/// Simulates, judges every line, and compares the rows.
fn check(options: &Options) {
    let mut facts = Facts::default();
    let truth = run(options, |line: Line| {
        let verdict = facts.take(&line.bytes);
        let text = String::from_utf8_lossy(&line.bytes);
        assert_eq!(verdict, expected(line.kind), "{:?} line: {text}", line.kind);
        Ok::<(), Infallible>(())
    });
    let truth = truth.unwrap_or_else(|never| match never {});
    compare(&facts, &truth, options);
}

/// Compares the rows of facts with the true ones.
fn compare(facts: &Facts, truth: &Truth, options: &Options) {
    compare_where(|_| true, facts, truth, options);
}

/// Compares the rows of some subjects.
fn compare_where(
    is_compared: impl Fn(&str) -> bool,
    facts: &Facts,
    truth: &Truth,
    options: &Options,
) {
    let mut rows = rows::rows(facts, &options.rules);
    rows.retain(|(subject, _), _| is_compared(subject));
    let mut count = 0;
    for row in truth.rows().filter(|row| is_compared(&row.subject)) {
        let key = (row.subject.clone(), row.bucket.clone());
        let actual = rows.get(&key);
        let metrics = actual.map(|row| &row.metrics);
        assert_eq!(metrics, Some(&row.metrics), "seed {} {key:?}", options.seed);
        let computed = serde_json::to_value(&row.computed).unwrap();
        let expected = actual.map(|actual| actual.computed(&row.subject));
        assert_eq!(expected, Some(computed), "{key:?}");
        count += 1;
    }
    assert_eq!(count, rows.len(), "rows that are not in the truth, seed {}", options.seed);
}

fn expected(kind: LineKind) -> Verdict {
    match kind {
        LineKind::Event | LineKind::Repeat => Verdict::Accepted,
        LineKind::Broken => Verdict::Refused,
        LineKind::Unused => Verdict::Ignored,
    }
}

#[test]
fn a_replay_of_the_detail_events_gives_the_truth() {
    (0..4).for_each(|seed| check(&options(seed, Feed::Detail, 500)));
}

#[test]
fn a_replay_of_the_metric_events_gives_the_truth() {
    (0..4).for_each(|seed| check(&options(seed, Feed::Metrics, 500)));
}

#[test]
fn a_replay_of_both_gives_the_truth() {
    (0..6).for_each(|seed| check(&options(seed, Feed::Both, 500)));
}

#[test]
fn a_run_that_ends_in_mid_work_has_its_truth() {
    for seed in 0..6 {
        for feed in [Feed::Detail, Feed::Metrics, Feed::Both] {
            let load = Load::Rate { per_second: 1.0, duration_seconds: 600.5 };
            check(&Options { load, ..options(seed, feed, 0) });
        }
    }
}

#[test]
fn what_the_stream_suffers_does_not_change_the_truth() {
    let faults: Faults = "dup=0.3,reorder=0.2,late=0.05,garbage=0.3".parse().unwrap();
    for seed in 0..3 {
        check(&Options { faults, ..options(seed, Feed::Both, 300) });
    }
}

#[test]
fn other_settings_have_their_own_truth() {
    let rules = Rules::default();
    let levels = rules.service_level_ms.clone().with_media("email", 60_000);
    let support = headroom_simulator::QUEUES[0].id;
    let rules = Rules {
        time_zone: TimeZone::get("America/New_York").unwrap(),
        interval_minutes: 15,
        short_abandon_ms: 30_000,
        service_level_ms: levels.with_queue(support, "voice", 5000),
        agents: AgentRules::default(),
    };
    check(&Options { rules: rules.clone(), ..options(3, Feed::Detail, 300) });
    check(&Options {
        rules: Rules { interval_minutes: 60, ..rules },
        ..options(3, Feed::Both, 300)
    });
}
