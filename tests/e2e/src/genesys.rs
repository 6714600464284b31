//! A stand-in for Genesys Cloud: `headroom simulate` with events, true rows and a Platform API.

use crate::{Cloud, RowValues, Rows, headroom, root};
use headroom::replay::ShownRow;
use headroom_genesys::details::ConversationDetails;
use headroom_simulator::{Api, ApiOptions, ApiRequest, Archive, Feed, Load, Options};
use headroom_tests::options;
use jiff::{Timestamp, ToSpan, Unit};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// A simulated contact centre of three days ago, some of whose events are lost, with a running
/// Platform API. Dropping the value ends the API.
pub struct Genesys {
    process: Child,
    folder: tempfile::TempDir,
    archive: Archive,
    /// When the simulation starts.
    pub start: Timestamp,
    /// URL of the Platform API and of its login.
    pub url: String,
}

/// The OAuth client of the Platform API, `<id>:<secret>`.
pub const CLIENT: &str = "e2e-client:e2e-secret-never-to-be-seen";

impl Genesys {
    /// Simulates conversations with these faults, such as `lose=0.05`, and starts the Platform API.
    pub fn start(seed: u64, conversations: u64, faults: &str) -> Self {
        let start = Timestamp::now() - 72.hours();
        let load =
            ["--conversations".to_owned(), conversations.to_string(), "--metrics-topic".to_owned()];
        Self::start_with(&Options { start, ..options(seed, conversations) }, &load, faults)
    }

    /// Minutes of a night in a larger one, with more than 200 agents and without Genesys' own metrics;
    /// with `HEADROOM_SHIFT_HOURS`, so many hours of a day. Half a day ago at least: changes that are
    /// older than two days are refused.
    pub fn start_with_agents(seed: u64, faults: &str) -> Self {
        let latest = Timestamp::now() - 15.hours();
        let midnight = latest.as_second() - latest.as_second() % 86_400;
        let start = Timestamp::from_second(midnight).unwrap() + 3.hours();
        let hours =
            std::env::var("HEADROOM_SHIFT_HOURS").map(|hours| hours.parse::<u32>().unwrap());
        let (per_second, minutes) = hours.map_or((4.0, 6), |hours| (0.3, hours * 60));
        let load = Load::Rate { per_second, duration_seconds: f64::from(minutes) * 60.0 };
        let options = Options { start, load, feed: Feed::Detail, agents: true, ..options(seed, 0) };
        let (rate, duration) = (per_second.to_string(), format!("{minutes}m"));
        let arguments = ["--rate", &rate, "--for", &duration, "--agents"].map(str::to_owned);
        Self::start_with(&options, &arguments, faults)
    }

    /// `load` is that of the options, for the command line.
    fn start_with(options: &Options, load: &[String], faults: &str) -> Self {
        let start = options.start.round(Unit::Hour).unwrap();
        let options = Options { start, faults: faults.parse().unwrap(), ..options.clone() };
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let mut command = Command::new(headroom());
        command.args(["simulate", "--quiet", "--seed", &options.seed.to_string()]);
        command.args(["--start", &start.to_string()]);
        command.args(load);
        command.args(["--faults", faults, "--api", "127.0.0.1:0", "--api-client", CLIENT]);
        command.arg("--out").arg(path("events.ndjson"));
        command.arg("--truth").arg(path("truth.ndjson"));
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let archive = archive(&options);
        let url = address(&mut process);
        Self { process, folder, archive, start, url }
    }

    /// The file of events that were published and not lost.
    pub fn events(&self) -> PathBuf {
        self.folder.path().join("events.ndjson")
    }

    /// Drops other events from that file.
    pub fn keep_events(&self, is_kept: impl Fn(&Value) -> bool) {
        let text = std::fs::read_to_string(self.events()).unwrap();
        let is_kept = |line: &&str| is_kept(&serde_json::from_str(line).unwrap());
        let lines: Vec<_> = text.lines().filter(is_kept).collect();
        std::fs::write(self.events(), lines.join("\n")).unwrap();
    }

    /// Puts the events on the stack's bus. Delivers the details of conversations that the simulator
    /// cuts short as well: their end was never published, so it is no loss.
    pub async fn put(&self, cloud: &Cloud) {
        cloud.deliver(&self.unpublished_events()).await;
        let put = tokio::process::Command::new(headroom())
            .args(["put", "--quiet", "--strict", "--bus", cloud.output("HeadroomBusName")])
            .arg(self.events())
            .envs(&cloud.deployment.environment)
            .current_dir(root())
            .status();
        assert!(put.await.unwrap().success());
    }

    /// The conversations that are cut short, as events of the gap reader.
    fn unpublished_events(&self) -> Vec<Value> {
        let mut api = Api::new(self.archive.clone(), ApiOptions::default());
        let now = Timestamp::now();
        let client = ApiRequest::token("Basic c2ltdWxhdGVkOnNpbXVsYXRlZA==".to_owned());
        let mut send = |request: &ApiRequest| -> Value {
            serde_json::from_slice(&api.respond(request, now.as_millisecond()).body).unwrap()
        };
        let token = send(&client)["access_token"].as_str().unwrap().to_owned();
        let ids: Vec<_> = self.archive.cut_short().into_iter().collect();
        let mut conversations = Vec::new();
        for ids in ids.chunks(100) {
            let path = format!("/api/v2/analytics/conversations/details?id={}", ids.join(","));
            let mut response = send(&ApiRequest::get(&path, &token));
            conversations.append(response["conversations"].as_array_mut().unwrap());
        }
        let event = |conversation: &Value| {
            let details: ConversationDetails =
                serde_json::from_value(conversation.clone()).unwrap();
            let read_at = now.as_millisecond();
            let details = ConversationDetails { read_at, ..details }.resolve();
            json!({"detail-type": "headroom.conversation.details", "time": now.to_string(),
                "detail": {"eventBody": details}})
        };
        conversations.iter().map(event).collect()
    }

    /// The true rows at the end of the simulation, whatever was published.
    pub fn truth(&self) -> Rows {
        let mut lines = Vec::new();
        self.archive.truth(self.archive.end_ms().unwrap()).write_to(&mut lines).unwrap();
        let lines = String::from_utf8(lines).unwrap();
        let row = |line| serde_json::from_str::<ShownRow>(line).unwrap();
        lines.lines().map(row).map(RowValues::from_replay).collect()
    }

    /// The conversations that lost events.
    pub fn lost(&self) -> BTreeSet<String> {
        &self.archive.lost() - &self.archive.cut_short()
    }

    /// The API's report on the requests so far.
    pub fn request_report(&self) -> Value {
        let address = format!("{}/stand-in/asked", self.url);
        let text = ureq::get(address).call().unwrap().body_mut().read_to_string().unwrap();
        serde_json::from_str(&text).unwrap()
    }
}

/// The same simulation as in the process of [`Genesys::start`].
fn archive(options: &Options) -> Archive {
    let archive = Archive::new();
    let Ok(_) = headroom_simulator::run_recorded(options, &archive, |_| Ok::<_, Infallible>(()));
    archive
}

/// The URL that the process prints once its files are written and the API answers.
fn address(process: &mut Child) -> String {
    let lines = BufReader::new(process.stderr.take().unwrap()).lines();
    let mut lines = lines.map_while(Result::ok).inspect(|line| println!("{line}"));
    let address = lines.find_map(|line| Some(line.split_once("http://")?.1.to_owned()));
    format!("http://{}", address.expect("the stand-in does not start"))
}

impl Drop for Genesys {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
