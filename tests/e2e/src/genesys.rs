//! The stand-in for Genesys Cloud: the simulated world's events, its truth, and its Platform API.

use crate::{Cloud, Rows, Shown, headroom, root};
use headroom::replay::ShownRow;
use serde_json::Value;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A simulated contact centre of the last hours whose API can be asked. It ends with this value.
pub struct Genesys {
    process: Child,
    folder: tempfile::TempDir,
    /// The API's address; the login host's too.
    pub url: String,
}

/// Its OAuth client, `<id>:<secret>`.
pub const CLIENT: &str = "e2e-client:e2e-secret-never-to-be-seen";

impl Genesys {
    /// Simulates with these further options of `headroom simulate`.
    pub fn start(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let mut command = Command::new(headroom());
        command.args(["simulate", "--quiet", "--metrics-topic"]).args(options);
        command.args(["--api", "127.0.0.1:0", "--api-client", CLIENT]);
        command.arg("--api-ready").arg(path("address"));
        command.arg("--out").arg(path("events.ndjson"));
        command.arg("--truth").arg(path("truth.ndjson"));
        let process = command.stdout(Stdio::null()).spawn().unwrap();
        let url = wait_for(&path("address"));
        Self { process, folder, url }
    }

    /// What was published and not lost.
    pub fn events(&self) -> PathBuf {
        self.folder.path().join("events.ndjson")
    }

    /// Puts the events on the stack's bus.
    pub async fn put(&self, cloud: &Cloud) {
        let put = tokio::process::Command::new(headroom())
            .args(["put", "--quiet", "--strict", "--bus", cloud.output("HeadroomBusName")])
            .arg(self.events())
            .envs(&cloud.made.environment)
            .current_dir(root())
            .status();
        assert!(put.await.unwrap().success());
    }

    /// The true rows.
    pub fn truth(&self) -> Rows {
        let lines = std::fs::read_to_string(self.folder.path().join("truth.ndjson")).unwrap();
        let row = |line| serde_json::from_str::<ShownRow>(line).unwrap();
        lines.lines().map(row).map(Shown::of_replay).collect()
    }

    /// What its API was asked so far.
    pub fn asked(&self) -> Value {
        let address = format!("{}/stand-in/asked", self.url);
        let text = ureq::get(address).call().unwrap().body_mut().read_to_string().unwrap();
        serde_json::from_str(&text).unwrap()
    }
}

/// What a file says, as soon as it is there and whole.
fn wait_for(file: &std::path::Path) -> String {
    let deadline = Instant::now() + Duration::from_mins(2);
    loop {
        match std::fs::read_to_string(file) {
            Ok(text) if text.ends_with('\n') => return text.trim().to_owned(),
            _ => assert!(Instant::now() < deadline, "the stand-in does not start"),
        }
        std::thread::yield_now();
    }
}

impl Drop for Genesys {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
