//! What the stream of lines is like.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use headroom_simulator::{
    Assumptions, Faults, Feed, Line, LineKind, Load, Options, Rules, Story, Truth, run,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

fn options(seed: u64, conversations: u64) -> Options {
    Options {
        seed,
        start: "2026-05-12T07:00:00Z".parse().unwrap(),
        load: Load::Conversations(conversations),
        feed: Feed::Both,
        faults: Faults::default(),
        rules: Rules::default(),
        assumptions: Assumptions::default(),
        agents: false,
    }
}

fn lines(options: &Options) -> (Vec<Line>, Truth) {
    let mut lines = Vec::new();
    let truth = run(options, |line| {
        lines.push(line);
        Ok::<(), Infallible>(())
    });
    (lines, truth.unwrap_or_else(|never| match never {}))
}

fn with(faults: &str) -> Options {
    Options { faults: faults.parse().unwrap(), ..options(1, 200) }
}

fn truth_bytes(truth: &Truth) -> Vec<u8> {
    let mut bytes = Vec::new();
    truth.write_to(&mut bytes).unwrap();
    bytes
}

/// The time of the body, in ms; of agents and queues none.
fn body_time(line: &Line) -> Option<i64> {
    let event: Value = serde_json::from_slice(&line.bytes).unwrap();
    let body = &event["detail"]["eventBody"];
    let date = || body["metricDate"].as_str()?.parse().ok().map(jiff::Timestamp::as_millisecond);
    body["eventTime"].as_i64().or_else(date)
}

fn count(lines: &[Line], kind: LineKind) -> usize {
    lines.iter().filter(|line| line.kind == kind).count()
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_truth() {
    let faulty = with("dup=0.2,reorder=0.2,late=0.05,lose=0.05,garbage=0.1");
    let (first, second) = (lines(&faulty), lines(&faulty));
    assert!(first.0 == second.0);
    assert!(truth_bytes(&first.1) == truth_bytes(&second.1));
    assert!(first.0 != lines(&Options { seed: 2, ..faulty }).0);
}

#[test]
fn feed_and_faults_do_not_change_the_world() {
    let stories = |options: &Options| lines(options).1.stories().clone();
    let usual = stories(&options(1, 200));
    assert_eq!(usual, stories(&with("lose=0.5,garbage=0.5")));
    assert_eq!(usual, stories(&Options { feed: Feed::Detail, ..options(1, 200) }));
    let truth = |options: &Options| truth_bytes(&lines(options).1);
    assert_eq!(truth(&options(1, 200)), truth(&with("lose=0.5,dup=0.5,late=0.2")));
}

#[test]
fn without_faults_lines_come_in_order() {
    let (lines, _) = lines(&options(3, 300));
    let times: Vec<i64> = lines.iter().filter_map(body_time).collect();
    assert!(times.is_sorted());
    assert!(lines.iter().all(|line| matches!(line.kind, LineKind::Event | LineKind::Unused)));
}

#[test]
fn no_line_is_due_before_the_one_before_it() {
    for faults in ["", "dup=0.3,reorder=0.3,late=0.1,lose=0.1,garbage=0.1"] {
        let (lines, _) = lines(&with(faults));
        assert!(lines.is_sorted_by_key(|line| line.due_ms), "{faults}");
        let early = |line: &&Line| body_time(line).is_some_and(|time| line.due_ms < time);
        let usable = lines.iter().filter(|line| line.kind != LineKind::Broken);
        assert_eq!(usable.filter(early).count(), 0, "{faults}");
    }
}

#[test]
fn a_count_of_conversations_is_kept() {
    let (lines, _) = lines(&options(4, 150));
    let events = lines.iter().map(|line| serde_json::from_slice::<Value>(&line.bytes).unwrap());
    let ids = events.filter_map(|event| {
        event["detail"]["eventBody"]["conversationId"].as_str().map(str::to_owned)
    });
    assert_eq!(ids.collect::<BTreeSet<_>>().len(), 150);
}

#[test]
fn a_rate_is_kept_and_nothing_is_later_than_the_end() {
    let start = "2026-05-12T10:00:00Z".parse::<jiff::Timestamp>().unwrap();
    let load = Load::Rate { per_second: 0.5, duration_seconds: 3600.0 };
    let (lines, truth) = lines(&Options { start, load, ..options(5, 0) });
    let end = start.as_millisecond() + 3_600_000;
    assert!(lines.iter().filter_map(body_time).all(|time| time <= end));
    assert!(truth.rows().any(|row| row.bucket == "now"));
}

#[test]
fn every_story_happens() {
    let mut happened = BTreeMap::new();
    for seed in 0..3 {
        let detail = Options { feed: Feed::Detail, ..options(seed, 4000) };
        for (story, count) in lines(&detail).1.stories() {
            *happened.entry(*story).or_insert(0) += count;
        }
    }
    for story in Story::ALL {
        assert!(happened.contains_key(story), "{story:?} of {happened:?}");
    }
}

#[test]
fn service_is_plausible() {
    for seed in 0..3 {
        let (_, truth) = lines(&Options { feed: Feed::Detail, ..options(seed, 6000) });
        let mut sums = BTreeMap::<String, i64>::new();
        let queues = |subject: &str| subject.starts_with("queue#") && subject.ends_with("#voice");
        for row in truth.rows().filter(|row| row.bucket.starts_with("P1D") && queues(&row.subject))
        {
            for (metric, value) in row.metrics {
                *sums.entry(metric).or_default() += value;
            }
        }
        let per_cent = |part: i64, whole: i64| part * 100 / whole;
        let (answered, abandoned) = (sums["tAnswered.count"], sums["tAbandon.count"]);
        let level = per_cent(answered - sums["nOverSla"], answered + abandoned);
        assert!((60..=95).contains(&level), "seed {seed}: service level {level} %");
        let abandons = per_cent(abandoned, sums["nOffered"]);
        assert!((2..=8).contains(&abandons), "seed {seed}: {abandons} % abandon");
    }
}

#[test]
fn a_repeat_has_the_body_of_an_event() {
    let (lines, _) = lines(&with("dup=0.3"));
    let body = |line: &Line| {
        let event: Value = serde_json::from_slice(&line.bytes).unwrap();
        event["detail"]["eventBody"].to_string()
    };
    let of = |kind| lines.iter().filter(move |line| line.kind == kind);
    let events: BTreeSet<_> = of(LineKind::Event).map(body).collect();
    assert!(of(LineKind::Repeat).map(body).all(|body| events.contains(&body)));
    let whole: BTreeSet<_> = of(LineKind::Event).map(|line| &line.bytes).collect();
    let equal = of(LineKind::Repeat).filter(|line| whole.contains(&line.bytes)).count();
    assert!(equal > 100 && count(&lines, LineKind::Repeat) - equal > 100);
}

#[test]
fn lost_lines_are_gone_and_displaced_lines_are_all_there() {
    let sorted = |faults| {
        let (lines, _) = lines(&with(faults));
        let mut lines: Vec<_> = lines.into_iter().map(|line| (line.bytes, line.kind)).collect();
        lines.sort();
        lines
    };
    let usual = sorted("");
    assert!(usual == sorted("reorder=0.5") && usual == sorted("late=0.5"));
    let (usual, remaining) = (usual.len(), sorted("lose=0.5").len());
    assert!((usual * 4 / 10..usual * 6 / 10).contains(&remaining));
}

#[test]
fn displaced_lines_come_late_by_minutes_or_hours() {
    let most = |faults| {
        let (lines, _) = lines(&with(faults));
        let (mut newest, mut most) = (i64::MIN, 0);
        for time in lines.iter().filter_map(body_time) {
            newest = newest.max(time);
            most = most.max(newest - time);
        }
        most
    };
    assert_eq!(most(""), 0);
    assert!((60_000..=180_000).contains(&most("reorder=0.2")));
    assert!(most("late=0.2") > 3_600_000);
}

#[test]
fn garbage_comes_on_top() {
    let (usual, _) = lines(&with(""));
    let (lines, _) = lines(&with("garbage=0.5"));
    let events = count(&usual, LineKind::Event);
    let broken = count(&lines, LineKind::Broken);
    assert!((events * 4 / 10..events * 6 / 10).contains(&broken));
    assert_eq!(lines.len() - broken, usual.len());
    assert!(lines.iter().all(|line| !line.bytes.is_empty() && !line.bytes.contains(&b'\n')));
}

#[test]
fn an_error_of_the_sink_ends_the_run() {
    let mut taken = 0;
    let result = run(&options(1, 100), |_| {
        taken += 1;
        if taken == 10 { Err("full") } else { Ok(()) }
    });
    assert_eq!(result.err(), Some("full"));
    assert_eq!(taken, 10);
}

#[test]
fn nothing_at_all_can_be_asked_for() {
    let (_, truth) = lines(&options(1, 0));
    assert_eq!(truth.rows().count(), 0);
}
