//! What a simulated contact centre sends, and what should become of it.

use crate::rows::Shown;
use crate::{Cloud, headroom, root};
use headroom::replay::ShownRow;
use headroom_genesys::{Parsed, RefusalCode, parse};
use headroom_simulator::{Feed, Load, Options};
use headroom_tests::{options, simulate};
use jiff::{Timestamp, ToSpan, Unit};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::process::Command;

/// Events of some hours of a contact centre that end now, with all that goes wrong on the way.
pub struct Day {
    folder: tempfile::TempDir,
    /// Settings, as the template takes them.
    pub settings: String,
    /// Events for the bus.
    pub events: PathBuf,
    /// Lines that EventBridge would not deliver, and that go straight to ingest's queue.
    pub direct: Vec<String>,
    /// The rows of `headroom replay`.
    pub rows: BTreeMap<String, Shown>,
    /// What it refused: the code, and the event or what of it EventBridge does not change.
    pub refused: Vec<(String, String)>,
    /// How many conversations there are.
    pub conversations: usize,
}

impl Day {
    /// A day with faults, such as `dup=0.2`. All buckets lie within what a new viewer gets:
    /// the last hours of the current day.
    pub fn new(seed: u64, per_second: f64, faults: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = json!({"timeZone": afternoon(), "intervalMinutes": 60}).to_string();
        let hour = Timestamp::now()
            .round(jiff::TimestampRound::new().smallest(Unit::Hour).mode(jiff::RoundMode::Floor));
        let load = Load::Rate { per_second, duration_seconds: 5_400.0 };
        let options = Options {
            start: hour.unwrap() - 2.hours(),
            load,
            feed: Feed::Detail,
            faults: faults.parse().unwrap(),
            rules: headroom::simulate::rules(&settings_of(&settings)),
            ..options(seed, 0)
        };
        let lines: Vec<_> = simulate(&options).0.into_iter().map(|line| line.bytes).collect();
        Self::of(folder, settings, &lines)
    }

    /// These lines, as a day.
    pub fn of(folder: tempfile::TempDir, settings: String, lines: &[Vec<u8>]) -> Self {
        let (mut bus, mut direct, mut conversations) = (Vec::new(), Vec::new(), HashSet::new());
        for line in lines {
            match parse(line) {
                Err(refusal) if !passes(refusal.code) => {
                    // A queue holds text: what is no UTF-8 never gets there.
                    direct.push(String::from_utf8_lossy(line).into_owned());
                    continue;
                }
                Ok(Parsed::Fact(key, _)) => drop(conversations.insert(key)),
                _ => {}
            }
            bus.extend_from_slice(line);
            bus.push(b'\n');
        }
        let events = folder.path().join("events.ndjson");
        std::fs::write(&events, &bus).unwrap();
        let all = [bus, direct.join("\n").into_bytes()].concat();
        let mut day = Self {
            folder,
            settings,
            events,
            direct,
            rows: BTreeMap::new(),
            refused: Vec::new(),
            conversations: conversations.len(),
        };
        day.replay(&all);
        day
    }

    fn replay(&mut self, all: &[u8]) {
        let path = |name: &str| self.folder.path().join(name);
        std::fs::write(path("all.ndjson"), all).unwrap();
        std::fs::write(path("settings.json"), &self.settings).unwrap();
        let replay = Command::new(headroom())
            .args(["replay", "--quiet", "--settings"])
            .arg(path("settings.json"))
            .arg("--out")
            .arg(path("rows.ndjson"))
            .arg("--rejects")
            .arg(path("rejects.ndjson"))
            .arg(path("all.ndjson"))
            .status();
        assert!(replay.unwrap().success());
        let lines = |name| std::fs::read_to_string(path(name)).unwrap();
        let rows: Vec<ShownRow> =
            lines("rows.ndjson").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let refused = lines("rejects.ndjson").lines().map(refused).collect();
        self.rows = rows.into_iter().map(Shown::of_replay).collect();
        self.refused = refused;
    }

    /// Puts the events on the stack's bus, as a user would, and what EventBridge would not deliver
    /// into the queue.
    pub async fn put(&self, cloud: &Cloud) {
        let put = tokio::process::Command::new(headroom())
            .args(["put", "--quiet", "--strict", "--bus", cloud.output("HeadroomBusName")])
            .arg(&self.events)
            .envs(&cloud.made.environment)
            .current_dir(root())
            .status();
        let (put, ()) = tokio::join!(put, cloud.send(&self.direct));
        assert!(put.unwrap().success());
    }
}

/// Whether an event that is refused so gets through EventBridge to ingest.
fn passes(code: RefusalCode) -> bool {
    !matches!(code, RefusalCode::NotJson | RefusalCode::BadTopic | RefusalCode::TooLarge)
}

/// A line of the rejects file: its code, and what identifies the event.
fn refused(line: &str) -> (String, String) {
    let line: Value = serde_json::from_str(line).unwrap();
    let event = line["event"].as_str().unwrap();
    (line["code"].as_str().unwrap().to_owned(), identity(event))
}

/// EventBridge gives an event another id, account and order of fields; the detail stays.
pub(crate) fn identity(event: &str) -> String {
    match serde_json::from_str::<Value>(event) {
        Ok(Value::Object(envelope)) if envelope.contains_key("detail") => {
            envelope["detail"].to_string()
        }
        _ => event.to_owned(),
    }
}

fn settings_of(text: &str) -> headroom_kpi::Settings {
    let document: headroom_kpi::settings::SettingsDocument = serde_json::from_str(text).unwrap();
    headroom_kpi::Settings::try_from(document).unwrap()
}

/// A time zone in which it is afternoon: the last hours belong to one day.
fn afternoon() -> String {
    let hour = Timestamp::now().as_second().div_euclid(3_600).rem_euclid(24);
    match 15 - hour {
        0 => "UTC".to_owned(),
        // These zones are named by what is to be added to get UTC.
        east @ 1.. => format!("Etc/GMT-{}", east.min(14)),
        west => format!("Etc/GMT+{}", -west),
    }
}
