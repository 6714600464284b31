//! Conversations of live organisations, as others published them, with the values that Genesys itself
//! emitted or that its documentation gives (`events/field`). They judge the rules, the reference
//! model and the simulator alike.

#![allow(clippy::unwrap_used, clippy::panic)]

use headroom::files::{Input, Output};
use headroom::replay::{Progress, Rejects, Replay};
use headroom_kpi::Settings;
use headroom_kpi::settings::SettingsDocument;
use headroom_tests::{events_folder, replay};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

/// The rows of a replay, by subject and bucket: metrics, and rates as `computed.<name>`.
type Rows = BTreeMap<String, BTreeMap<String, Value>>;

/// A folder of `events/field`.
struct Case {
    path: PathBuf,
    expected: Map<String, Value>,
    /// No capture decides yet what is right: the case is replayed, and its values are not compared.
    is_open: bool,
}

impl Case {
    fn new(path: PathBuf) -> Self {
        let about = json(&path.join("case.json"));
        let Value::Object(expected) = json(&path.join("expected.json")) else {
            panic!("{}", path.display())
        };
        Self { expected, is_open: about["open"] == true, path }
    }

    /// `F01`
    fn id(&self) -> &str {
        let name = self.path.file_name().unwrap().to_str().unwrap();
        name.split('-').next().unwrap()
    }

    fn events(&self) -> Vec<u8> {
        fs::read(self.path.join("events.ndjson")).unwrap()
    }

    fn settings(&self) -> Settings {
        let Ok(text) = fs::read(self.path.join("settings.json")) else {
            return Settings::default();
        };
        let document: SettingsDocument = serde_json::from_slice(&text).unwrap();
        document.try_into().unwrap()
    }

    /// The rows of some events, and how many lines were refused.
    fn replay(&self, events: Vec<u8>) -> (Rows, u64) {
        let (rows, summary) = replay(events, self.settings(), 1_000);
        let mut values = Rows::new();
        for row in rows {
            let computed = serde_json::to_value(&row.computed).unwrap();
            let rates = computed.as_object().unwrap().clone().into_iter();
            let rates = rates.map(|(name, value)| (format!("computed.{name}"), value));
            let metrics = row.metrics.into_iter().map(|(name, value)| (name, value.into()));
            values
                .insert(format!("{}|{}", row.subject, row.bucket), metrics.chain(rates).collect());
        }
        (values, summary.refused.values().sum())
    }

    /// Where rows are not as expected: a line of text each.
    fn differences(&self, (rows, refused): &(Rows, u64)) -> Vec<String> {
        let name = self.path.file_name().unwrap().display();
        let mut differences = Vec::new();
        let refused_expected = self.expected.get("_refused").and_then(Value::as_u64).unwrap_or(0);
        if *refused != refused_expected {
            differences.push(format!("{name}: {refused} refused, expected {refused_expected}"));
        }
        for (key, metrics) in self.expected.iter().filter(|(key, _)| !key.starts_with('_')) {
            for (metric, expected) in metrics.as_object().unwrap() {
                let value = rows.get(key).and_then(|row| row.get(metric));
                if !is_same(expected, value) {
                    differences
                        .push(format!("{name}: {key} {metric} is {value:?}, expected {expected}"));
                }
            }
        }
        differences.extend(self.unexpected(rows).map(|unexpected| format!("{name}: {unexpected}")));
        differences
    }

    /// Of the metrics in `_only`, what stands in a row that is not expected to have it.
    fn unexpected(&self, rows: &Rows) -> impl Iterator<Item = String> {
        let only =
            self.expected.get("_only").and_then(Value::as_array).cloned().unwrap_or_default();
        let values = rows
            .iter()
            .flat_map(|(key, row)| row.iter().map(move |(name, value)| (key, name, value)));
        let is_unexpected = move |(key, name, _): &(&String, &String, &Value)| {
            only.iter().any(|metric| metric == *name)
                && self.expected.get(*key).and_then(|row| row.get(*name)).is_none()
        };
        values
            .filter(is_unexpected)
            .map(|(key, name, value)| format!("{key} {name} is {value}, expected none"))
    }
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Whether a value is as expected. What is 0 is not in a row; a time may be expected without its
/// fraction.
fn is_same(expected: &Value, value: Option<&Value>) -> bool {
    match (expected, value) {
        (Value::Number(number), None) => number.as_i64() == Some(0),
        (Value::Number(number), Some(value)) => {
            (number.as_f64().unwrap() - value.as_f64().unwrap()).abs() < 1e-9
        }
        (Value::String(text), Some(value)) => {
            value.as_str().is_some_and(|value| value.starts_with(text.trim_end_matches('Z')))
        }
        _ => false,
    }
}

fn cases() -> Vec<Case> {
    let folders = fs::read_dir(events_folder().join("field")).unwrap();
    let folders = folders.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    let mut cases: Vec<_> = folders.map(Case::new).collect();
    cases.sort_by(|a, b| a.path.cmp(&b.path));
    cases
}

/// Lines in another order, one to a line.
fn join<'a>(lines: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut file = Vec::new();
    for line in lines {
        file.extend_from_slice(line);
        file.push(b'\n');
    }
    file
}

#[test]
fn every_published_conversation_gives_the_values_of_genesys() {
    let cases = cases();
    assert_eq!(cases.len(), 37);
    for case in cases.iter().filter(|case| !case.is_open) {
        let differences = case.differences(&case.replay(case.events()));
        assert!(differences.is_empty(), "{}: {differences:#?}", case.id());
    }
}

#[test]
fn a_published_conversation_gives_the_same_rows_backwards_and_shuffled_with_repeats() {
    for case in cases() {
        let events = case.events();
        let lines: Vec<_> =
            events.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
        let (rows, refused) = case.replay(events.clone());
        let backwards = case.replay(join(lines.iter().rev().copied()));
        assert_eq!(backwards, (rows.clone(), refused), "{}", case.id());
        for seed in 0..4 {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            let mut shuffled = lines.clone();
            shuffled.extend(lines.iter().step_by(3));
            shuffled.shuffle(&mut random);
            let (shuffled_rows, _) = case.replay(join(shuffled));
            assert_eq!(shuffled_rows, rows, "seed {seed}, {}", case.id());
        }
    }
}

/// F04 again: Genesys' longest value is 60 days, and 400 are taken. One that is longer is refused
/// (`kpis.md#bad-input`), and all else that the response says of two queues and two agents counts.
#[test]
fn one_value_that_cannot_be_used_hides_no_other_number_of_a_response() {
    let case = cases().into_iter().find(|case| case.id() == "F04").unwrap();
    let text = String::from_utf8(case.events()).unwrap();
    let long = text.replace("5169510497", "51695104970");
    assert_ne!(long, text);
    let path = std::env::temp_dir().join(format!("headroom-rejects-{}", std::process::id()));
    let rejects = Rejects::new(Some(Output::create_private(&path).unwrap()));
    let mut replay = Replay::new(case.settings(), rejects, 1_000, 2);
    let input = Input::from_reader("memory", Cursor::new(long.clone().into_bytes()));
    replay.input(input, None, &Progress::none()).unwrap();
    let mut rows = replay.rows().unwrap();
    let (summary, rejects) = replay.finish().unwrap();
    rejects.unwrap().publish().unwrap();
    let reject = json(&path);
    fs::remove_file(&path).unwrap();

    assert_eq!((summary.lines, summary.applied, summary.refused_lines()), (1, 1, 1));
    assert_eq!(reject["code"], "bad_value");
    assert_eq!(reject["event"], long.trim_end(), "it is kept whole");
    let (mut complete, _) = headroom_tests::replay(case.events(), case.settings(), 1_000);
    let is_refused = |name: &str| name.starts_with("tConnected");
    for row in rows.iter_mut().chain(&mut complete) {
        row.metrics.retain(|name, _| !is_refused(name) && name != "repaired");
    }
    complete.retain(|row| !row.metrics.is_empty());
    rows.retain(|row| !row.metrics.is_empty());
    assert_eq!(rows, complete);
}
