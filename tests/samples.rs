//! The sample events parse, and give the numbers that their stories tell.

#![allow(clippy::unwrap_used, clippy::panic)]

use headroom_genesys::{Parsed, TOPICS, parse};
use headroom_kpi::Settings;
use headroom_tests::{events_folder, replay};
use std::collections::BTreeMap;
use std::fs;

/// Every sample of a folder, by its name.
fn folder(name: &str) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(events_folder().join(name)).unwrap();
    let read = |entry: fs::DirEntry| {
        (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())
    };
    files.map(|entry| read(entry.unwrap())).collect()
}

/// Every sample of an event of Genesys.
fn samples() -> BTreeMap<String, Vec<u8>> {
    let mut samples = folder("samples");
    samples.remove("index.json").unwrap();
    samples
}

#[test]
fn every_sample_parses_as_its_topic_says() {
    let (samples, ours) = (samples(), folder("headroom"));
    assert_eq!((samples.len(), ours.len()), (83, 4));
    for (name, bytes) in samples.iter().chain(&ours) {
        let event: serde_json::Value = serde_json::from_slice(bytes).unwrap();
        let topic = event["detail-type"].as_str().unwrap();
        let entry = TOPICS.iter().find(|entry| entry.template == topic);
        let used = entry.unwrap().topic.is_some();
        match parse(bytes) {
            Ok(Parsed::Fact(..) | Parsed::Facts(_)) => assert!(used, "{name} is used"),
            Ok(Parsed::Ignored(_)) => assert!(!used, "{name} is ignored"),
            Ok(Parsed::Partial(_, refusal)) | Err(refusal) => panic!("{name}: {refusal}"),
        }
    }
}

/// The events of a scenario, one to a line.
fn lines(samples: &BTreeMap<String, Vec<u8>>, scenario: char) -> Vec<u8> {
    let mut file = Vec::new();
    for (_, bytes) in samples.iter().filter(|(name, _)| name.starts_with(scenario)) {
        let event: serde_json::Value = serde_json::from_slice(bytes).unwrap();
        file.extend(serde_json::to_vec(&event).unwrap());
        file.push(b'\n');
    }
    file
}

/// What the rows of one scenario's queue say, by scenario, media type and bucket.
fn metrics(scenario: char, media: &str, bucket: &str) -> BTreeMap<String, i64> {
    metrics_of(lines(&samples(), scenario), media, bucket)
}

fn metrics_of(file: Vec<u8>, media: &str, bucket: &str) -> BTreeMap<String, i64> {
    let (rows, _) = replay(file, Settings::default(), 10);
    let queue = format!("queue#9a79c003-1f95-5307-9a02-c9b297a97451#{media}");
    let row = rows.into_iter().find(|row| row.subject == queue && row.bucket == bucket);
    row.map(|row| row.metrics).unwrap_or_default()
}

fn has(metrics: &BTreeMap<String, i64>, expected: &[(&str, i64)]) {
    for (name, value) in expected {
        assert_eq!(metrics.get(*name).copied().unwrap_or(0), *value, "{name} in {metrics:?}");
    }
}

#[test]
fn the_answered_call_counts_once_although_it_is_told_twice() {
    has(
        &metrics('a', "voice", "PT30M#2026-05-12T14:00:00Z"),
        &[
            ("nOffered", 1),
            ("tAnswered.count", 1),
            ("tAnswered.sum", 43_465),
            ("nOverSla", 1),
            ("tHandle.count", 1),
            ("tHandle.sum", 274_720),
        ],
    );
}

#[test]
fn the_answered_call_is_the_same_told_by_the_api_alone_or_as_well() {
    let (events, response) = (lines(&samples(), 'a'), lines(&folder("headroom"), 'a'));
    let shown = |file| metrics_of(file, "voice", "P1D#2026-05-12");
    let expected = [
        ("nOffered", 1),
        ("tAcd.sum", 43_465),
        ("tAnswered.sum", 43_465),
        ("nOverSla", 1),
        ("tTalkComplete.sum", 215_000),
        ("tHeldComplete.sum", 25_000),
        ("tAcw.sum", 34_720),
        ("tHandle.sum", 274_720),
        ("tHandle.count", 1),
    ];
    has(&shown(response.clone()), &expected);
    has(&shown([events.clone(), response.clone()].concat()), &expected);
    has(&shown([response, events].concat()), &expected);
}

#[test]
fn a_line_of_many_facts_counts_once_wherever_a_batch_ends() {
    let file = lines(&folder("headroom"), 'a');
    for batch in [1, 2, 7, 1_000] {
        let (_, summary) =
            replay([file.clone(), file.clone()].concat(), Settings::default(), batch);
        assert_eq!((summary.lines, summary.applied, summary.without_effect), (2, 1, 1), "{batch}");
    }
}

#[test]
fn the_abandoned_call_is_offered_and_abandoned() {
    has(
        &metrics('b', "voice", "PT30M#2026-05-12T14:00:00Z"),
        &[
            ("nOffered", 1),
            ("tAbandon.count", 1),
            ("tAbandon.sum", 38_250),
            ("tShortAbandon.count", 0),
            ("tAnswered.count", 0),
        ],
    );
}

#[test]
fn the_callback_is_offered_in_one_interval_and_answered_in_the_next() {
    has(&metrics('f', "callback", "PT30M#2026-05-12T14:30:00Z"), &[("nOffered", 1)]);
    has(
        &metrics('f', "callback", "PT30M#2026-05-12T15:00:00Z"),
        &[("nOffered", 0), ("tAnswered.count", 1)],
    );
    has(&metrics('f', "voice", "PT30M#2026-05-12T14:30:00Z"), &[("tFlowOut.count", 1)]);
}

#[test]
fn the_agent_who_lets_it_ring_leaves_no_second_offer() {
    let metrics = metrics('d', "voice", "P1D#2026-05-12");
    has(&metrics, &[("nOffered", 1), ("tAnswered.count", 1)]);
}
