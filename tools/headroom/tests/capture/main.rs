//! The commands that look at a capture of events, on conversations of live organisations and on
//! simulated ones.

#![allow(clippy::unwrap_used, clippy::panic)]

mod explain;
mod gaps;

use headroom::files::Input;
use headroom::replay::{Progress, Rejects, Replay, ShownRow, read_facts};
use headroom_kpi::settings::SettingsDocument;
use headroom_kpi::{EntityKey, Settings};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

/// A folder of `events/field`.
struct Case {
    path: PathBuf,
}

impl Case {
    fn all() -> Vec<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events/field");
        let folders = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let mut cases: Vec<_> =
            folders.filter(|path| path.is_dir()).map(|path| Self { path }).collect();
        cases.sort_by(|a, b| a.path.cmp(&b.path));
        assert!(cases.len() >= 37);
        cases
    }

    /// The case whose name begins with `F01`.
    fn new(id: &str) -> Self {
        Self::all().into_iter().find(|case| case.name().starts_with(id)).unwrap()
    }

    fn name(&self) -> &str {
        self.path.file_name().unwrap().to_str().unwrap()
    }

    fn json(&self, file: &str) -> Option<Value> {
        let text = fs::read(self.path.join(file)).ok()?;
        Some(serde_json::from_slice(&text).unwrap())
    }

    fn file(&self) -> PathBuf {
        self.path.join("events.ndjson")
    }

    fn events(&self) -> Vec<u8> {
        fs::read(self.file()).unwrap()
    }

    /// The ids of its conversations.
    fn conversations(&self) -> BTreeSet<String> {
        let mut ids = BTreeSet::new();
        let add = |key: EntityKey, _| {
            if let EntityKey::Conversation(id) = key {
                ids.insert(id.to_string());
            }
        };
        read_facts(&[self.file()], true, add).unwrap();
        ids
    }

    fn settings(&self) -> Settings {
        let document = self.json("settings.json").map(serde_json::from_value::<SettingsDocument>);
        document.map_or_else(Settings::default, |document| document.unwrap().try_into().unwrap())
    }
}

fn input(events: &[u8]) -> Input {
    Input::from_reader("memory", Cursor::new(events.to_vec()))
}

fn replayed(input: Input, settings: Settings) -> Replay {
    let mut replay = Replay::new(settings, Rejects::new(None), 1_000, 1);
    replay.input(input, None, &Progress::none()).unwrap();
    replay
}

/// The rows of some events.
fn rows(events: &[u8], settings: Settings) -> Vec<ShownRow> {
    replayed(input(events), settings).rows().unwrap()
}
