//! The events of a simulated contact centre, and the rows and refusals that they must lead to.

use crate::rows::RowValues;
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

/// Events of the last hours of a simulated contact centre, with faults, and what `headroom replay`
/// makes of them.
pub struct Day {
    folder: tempfile::TempDir,
    /// The template's parameter `Settings`.
    pub settings: String,
    /// The file of events that EventBridge delivers.
    pub events: PathBuf,
    /// Lines that EventBridge refuses. They are sent to ingest's queue directly.
    pub direct: Vec<String>,
    /// The rows of `headroom replay`.
    pub rows: BTreeMap<String, RowValues>,
    /// The code and the identity of each event that `headroom replay` refused.
    pub refused: Vec<(String, String)>,
    /// Number of conversations.
    pub conversations: usize,
}

impl Day {
    /// Simulates with faults, such as `dup=0.2`. All buckets are among those that a new viewer gets:
    /// the last hours of the current day.
    pub fn new(seed: u64, per_second: f64, faults: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = json!({"timeZone": afternoon_zone(), "intervalMinutes": 60}).to_string();
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
        Self::from_lines(folder, settings, &lines)
    }

    fn from_lines(folder: tempfile::TempDir, settings: String, lines: &[Vec<u8>]) -> Self {
        let (mut bus, mut direct) = (Vec::new(), Vec::new());
        let mut conversations = HashSet::new();
        for line in lines {
            match parse(line) {
                Err(refusal) if !passes_event_bridge(refusal.code) => {
                    // An SQS message is valid UTF-8.
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
        let every_line = [bus, direct.join("\n").into_bytes()].concat();
        let mut day = Self {
            folder,
            settings,
            events,
            direct,
            rows: BTreeMap::new(),
            refused: Vec::new(),
            conversations: conversations.len(),
        };
        day.replay(&every_line);
        day
    }

    /// Sets the rows and refusals from `headroom replay`.
    fn replay(&mut self, lines: &[u8]) {
        let path = |name: &str| self.folder.path().join(name);
        std::fs::write(path("all.ndjson"), lines).unwrap();
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
        let read = |name| std::fs::read_to_string(path(name)).unwrap();
        let rows = read("rows.ndjson");
        let row = |line| serde_json::from_str::<ShownRow>(line).unwrap();
        let refused = read("rejects.ndjson").lines().map(refused_event).collect();
        self.rows = rows.lines().map(row).map(RowValues::from_replay).collect();
        self.refused = refused;
    }

    /// Puts the events on the stack's bus with `headroom put`, and sends those that EventBridge
    /// refuses to ingest's queue.
    pub async fn put(&self, cloud: &Cloud) {
        let put = tokio::process::Command::new(headroom())
            .args(["put", "--quiet", "--strict", "--bus", cloud.output("HeadroomBusName")])
            .arg(&self.events)
            .envs(&cloud.deployment.environment)
            .current_dir(root())
            .status();
        let (put, ()) = tokio::join!(put, cloud.send(&self.direct));
        assert!(put.unwrap().success());
    }
}

/// Whether EventBridge delivers an event that ingest refuses with this code.
fn passes_event_bridge(code: RefusalCode) -> bool {
    !matches!(code, RefusalCode::NotJson | RefusalCode::BadTopic | RefusalCode::TooLarge)
}

/// The code and the identity of a line of the rejects file.
fn refused_event(line: &str) -> (String, String) {
    let line: Value = serde_json::from_str(line).unwrap();
    let event = line["event"].as_str().unwrap();
    (line["code"].as_str().unwrap().to_owned(), identity(event))
}

/// The part of an event that EventBridge does not change: its detail. EventBridge sets another id and
/// account, and reorders the fields.
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

/// A time zone in which it is afternoon now, so that the last hours belong to one day.
fn afternoon_zone() -> String {
    let hour = Timestamp::now().as_second().div_euclid(3_600).rem_euclid(24);
    match 15 - hour {
        0 => "UTC".to_owned(),
        // The sign in these names is the opposite of the usual one: `Etc/GMT-3` is UTC+3.
        east @ 1.. => format!("Etc/GMT-{}", east.min(14)),
        west => format!("Etc/GMT+{}", -west),
    }
}
