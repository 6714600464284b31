//! The stand-in for Genesys Cloud: the simulated world's events, its truth, and its Platform API.

use crate::{Cloud, Rows, Shown, headroom, root};
use headroom::replay::ShownRow;
use headroom_genesys::details::ConversationDetails;
use headroom_simulator::{Api, ApiOptions, ApiRequest, Archive, Faults, Options};
use headroom_tests::options;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// A simulated contact centre of some days ago, whose events lose something on their way and whose
/// API can be asked. It ends with this value.
pub struct Genesys {
    process: Child,
    folder: tempfile::TempDir,
    archive: Archive,
    /// The API's address; the login host's too.
    pub url: String,
}

/// Its OAuth client, `<id>:<secret>`.
pub const CLIENT: &str = "e2e-client:e2e-secret-never-to-be-seen";

const CONVERSATIONS: u64 = 600;

impl Genesys {
    /// Some hours of a centre, three days before now, with these faults.
    pub fn start(seed: u64, faults: &str) -> Self {
        let start = Timestamp::now().round(jiff::Unit::Hour).unwrap() - 72.hours();
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let mut command = Command::new(headroom());
        command.args(["simulate", "--quiet", "--metrics-topic", "--seed", &seed.to_string()]);
        command.args(["--start", &start.to_string()]);
        command.args(["--conversations", &CONVERSATIONS.to_string()]);
        command.args(["--faults", faults, "--api", "127.0.0.1:0", "--api-client", CLIENT]);
        command.arg("--out").arg(path("events.ndjson"));
        command.arg("--truth").arg(path("truth.ndjson"));
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let archive = archive(seed, start, faults.parse().unwrap());
        let url = address(&mut process);
        Self { process, folder, archive, url }
    }

    /// What was published and not lost.
    pub fn events(&self) -> PathBuf {
        self.folder.path().join("events.ndjson")
    }

    /// Puts the events on the stack's bus, and tells what the simulator withholds of some
    /// conversations: their end is not lost, it is never published.
    pub async fn put(&self, cloud: &Cloud) {
        cloud.deliver(&self.withheld()).await;
        let put = tokio::process::Command::new(headroom())
            .args(["put", "--quiet", "--strict", "--bus", cloud.output("HeadroomBusName")])
            .arg(self.events())
            .envs(&cloud.made.environment)
            .current_dir(root())
            .status();
        assert!(put.await.unwrap().success());
    }

    /// The conversations that are cut short, as the gap reader would publish them.
    fn withheld(&self) -> Vec<Value> {
        let mut api = Api::new(self.archive.clone(), ApiOptions::default());
        let now = Timestamp::now();
        let client = ApiRequest::token("Basic c2ltdWxhdGVkOnNpbXVsYXRlZA==".to_owned());
        let mut ask = |request: &ApiRequest| -> Value {
            serde_json::from_slice(&api.answer(request, now.as_millisecond()).body).unwrap()
        };
        let token = ask(&client)["access_token"].as_str().unwrap().to_owned();
        let ids: Vec<_> = self.archive.cut_short().into_iter().collect();
        let path = format!("/api/v2/analytics/conversations/details?id={}", ids.join(","));
        let answer = ask(&ApiRequest::get(&path, &token));
        let event = |conversation: &Value| {
            let details: ConversationDetails =
                serde_json::from_value(conversation.clone()).unwrap();
            let read_at = now.as_millisecond();
            let details = ConversationDetails { read_at, ..details }.resolve();
            json!({"detail-type": "headroom.conversation.details", "time": now.to_string(),
                "detail": {"eventBody": details}})
        };
        answer["conversations"].as_array().unwrap().iter().map(event).collect()
    }

    /// The rows that are true when the run ends, whatever was published of it.
    pub fn truth(&self) -> Rows {
        let mut lines = Vec::new();
        self.archive.truth(self.archive.end_ms().unwrap()).write_to(&mut lines).unwrap();
        let lines = String::from_utf8(lines).unwrap();
        let row = |line| serde_json::from_str::<ShownRow>(line).unwrap();
        lines.lines().map(row).map(Shown::of_replay).collect()
    }

    /// The conversations of which something was lost on its way.
    pub fn lost(&self) -> BTreeSet<String> {
        &self.archive.lost() - &self.archive.cut_short()
    }

    /// What its API was asked so far.
    pub fn asked(&self) -> Value {
        let address = format!("{}/stand-in/asked", self.url);
        let text = ureq::get(address).call().unwrap().body_mut().read_to_string().unwrap();
        serde_json::from_str(&text).unwrap()
    }
}

/// The same world as the command line simulates.
fn archive(seed: u64, start: Timestamp, faults: Faults) -> Archive {
    let options = Options { start, faults, ..options(seed, CONVERSATIONS) };
    let archive = Archive::new();
    let ended = headroom_simulator::run_recorded(&options, &archive, |_| Ok::<_, Infallible>(()));
    let Ok(_) = ended;
    archive
}

/// Where the stand-in says that its API is, once all else is done.
fn address(process: &mut Child) -> String {
    let said = BufReader::new(process.stderr.take().unwrap()).lines();
    let mut said = said.map_while(Result::ok).inspect(|line| println!("{line}"));
    let address = said.find_map(|line| Some(line.split_once("http://")?.1.to_owned()));
    format!("http://{}", address.expect("the stand-in does not start"))
}

impl Drop for Genesys {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
