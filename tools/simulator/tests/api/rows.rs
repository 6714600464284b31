//! The rows that follow from the API alone are the true ones.

use super::*;
use headroom_simulator::{Story, TruthRow};
use std::collections::BTreeMap;

type Rows = BTreeMap<(String, String), BTreeMap<String, i64>>;

const HALF_HOUR_MS: i64 = 1_800_000;
/// The answer and the agent's first word are at most so far apart.
const ANSWERED_WITHIN_MS: i64 = 10_000;

/// Adds up the metrics of answers, with nothing but what the answers say.
fn rows(conversations: &[Value]) -> Rows {
    let mut rows = Rows::new();
    for conversation in conversations {
        for (participant, session) in sessions(conversation) {
            for metric in each(session, "metrics") {
                add(conversation, participant, session, metric, &mut rows);
            }
        }
    }
    for row in rows.values_mut() {
        row.retain(|_, value| *value != 0);
    }
    rows
}

fn add(
    conversation: &Value,
    participant: &Value,
    session: &Value,
    metric: &Value,
    rows: &mut Rows,
) {
    let (name, time) = (text(metric, "name").unwrap(), ms(text(metric, "emitDate").unwrap()));
    let value = metric["value"].as_i64().unwrap();
    let media = text(session, "mediaType").unwrap();
    let queue = each(session, "segments").find_map(|segment| text(segment, "queueId"));
    // At the start, when it is emitted, the queue is not known.
    let queue = queue.filter(|_| name != "nConnected");
    let user = match (text(participant, "purpose"), name) {
        (Some("acd"), "tAnswered" | "nOverSla") => answered_by(conversation, session),
        _ => text(participant, "userId"),
    };
    let of_queue = queue.map(|queue| format!("queue#{queue}#{media}"));
    let of_agent = user.map(|user| format!("agent#{user}#{media}"));
    for subject in of_queue.into_iter().chain(of_agent) {
        for bucket in buckets(time) {
            let row = rows.entry((subject.clone(), bucket)).or_default();
            let mut add = |key: String, value| *row.entry(key).or_default() += value;
            if name.starts_with(['n', 'o']) {
                add(name.to_owned(), value);
            } else if name.starts_with('t') {
                add(format!("{name}.count"), 1);
                add(format!("{name}.sum"), value);
            }
            if name == "tAbandon" && value < 10_000 {
                add("tShortAbandon.count".to_owned(), 1);
                add("tShortAbandon.sum".to_owned(), value);
            }
        }
    }
}

/// The agent of the same queue and media type who begins to talk nearest to the answer.
fn answered_by<'a>(conversation: &'a Value, acd: &Value) -> Option<&'a str> {
    let mut metrics = each(acd, "metrics");
    let answered = metrics.find(|metric| text(metric, "name") == Some("tAnswered"));
    let answered = answered
        .or_else(|| each(acd, "metrics").find(|metric| text(metric, "name") == Some("tAcd")));
    let answered = ms(text(answered?, "emitDate")?);
    let near = sessions(conversation).filter_map(|(participant, session)| {
        let mut segments = each(session, "segments");
        let first = segments.find(|segment| text(segment, "segmentType") == Some("interact"))?;
        let is_same_lane = text(first, "queueId") == text(&acd["segments"][0], "queueId")
            && text(session, "mediaType") == text(acd, "mediaType");
        let off = (ms(text(first, "segmentStart")?) - answered).abs();
        let user = text(participant, "userId")?;
        (is_same_lane && off <= ANSWERED_WITHIN_MS).then_some((
            off,
            text(session, "sessionId")?,
            user,
        ))
    });
    near.min().map(|(_, _, user)| user)
}

fn buckets(time: i64) -> [String; 2] {
    let instant = |ms| jiff::Timestamp::from_millisecond(ms).unwrap();
    let start = instant(time - time.rem_euclid(HALF_HOUR_MS));
    let day = instant(time).to_string();
    [format!("PT30M#{start}"), format!("P1D#{}", &day[..10])]
}

/// Of the intervals and days of conversations: no answer about one says what agents did beside.
fn settled(truth: &Truth) -> Rows {
    let settled = truth.rows().filter(|row| row.bucket != "now" && !is_of_agents(row));
    settled.map(|row| ((row.subject, row.bucket), row.metrics)).collect()
}

fn is_of_agents(row: &TruthRow) -> bool {
    row.subject.ends_with("#agents") || row.subject.matches('#').count() == 1
}

fn assert_equal(actual: &Rows, truth: &Rows, context: &str) {
    for (key, metrics) in truth {
        assert_eq!(actual.get(key), Some(metrics), "{context}: {key:?}");
    }
    let nothing = |row: &BTreeMap<String, i64>| row.values().all(|value| *value == 0);
    let extra_row = actual.iter().find(|(key, row)| !truth.contains_key(*key) && !nothing(row));
    assert_eq!(extra_row, None, "{context}");
}

fn of_api(archive: &Archive) -> Rows {
    rows(&Client::at_end(archive).conversations(&archive.conversations()))
}

/// By the metric events alone, at the end of a run in the middle of work.
#[test]
fn the_truth_of_the_metric_events_is_the_apis() {
    for seed in 0..6 {
        let load = Load::Rate { per_second: 0.4, duration_seconds: 3600.0 };
        let run = simulate(&Options { feed: Feed::Metrics, load, ..options(seed, 0) });
        assert_equal(&of_api(&run.archive), &settled(&run.truth), &format!("seed {seed}"));
    }
}

/// With both feeds and every conversation told to its end.
#[test]
fn the_truth_of_both_feeds_is_the_apis() {
    let mut whole = 0;
    for seed in 0..60 {
        let run = simulate(&options(seed, 15));
        if run.archive.cut_short().is_empty() {
            assert_equal(&of_api(&run.archive), &settled(&run.truth), &format!("seed {seed}"));
            whole += 1;
        }
    }
    assert!(whole > 10, "{whole}");
}

/// An archive's own truth is that of its answers, also where events are lost or cut short.
#[test]
fn the_truth_of_an_archive_is_that_of_its_answers() {
    for seed in 0..4 {
        let faults = "lose=0.3".parse().unwrap();
        let run = simulate(&Options { faults, ..options(seed, 300) });
        let truth = run.archive.truth(run.archive.end_ms().unwrap());
        assert_equal(&of_api(&run.archive), &settled(&truth), &format!("seed {seed}"));
        assert!(!truth.rows().any(|row| row.bucket == "now"), "nothing goes on at the end");
        assert!(!run.archive.cut_short().is_empty());
    }
}

/// In the middle of work, what goes on is what the events say, if they say everything.
#[test]
fn gauges_of_an_archive_are_those_of_the_events() {
    let mut count = 0;
    for seed in 0..30 {
        let load = Load::Rate { per_second: 0.1, duration_seconds: 600.0 };
        let run = simulate(&Options { feed: Feed::Detail, load, ..options(seed, 0) });
        let omissions = [Story::StartMissing, Story::OutcomeUnknown, Story::OutcomeAbsent];
        let omissions = omissions.iter().chain([&Story::NoAnsweredUser]);
        if omissions.clone().any(|story| run.truth.stories().contains_key(story)) {
            continue;
        }
        let now = |truth: &Truth| -> Vec<TruthRow> {
            truth.rows().filter(|row| row.bucket == "now" && !is_of_agents(row)).collect()
        };
        assert_eq!(now(&run.archive.truth(run.archive.end_ms().unwrap())), now(&run.truth));
        count += now(&run.truth).len();
    }
    assert!(count > 20, "{count}");
}
