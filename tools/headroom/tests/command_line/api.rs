//! `headroom simulate --api`: the stand-in Platform API over HTTP.

use super::*;
use serde_json::Value;
use std::io::Read;
use std::net::TcpStream;
use std::process::Child;
use std::time::Instant;

const READY_S_MAX: u64 = 30;
/// The default client, `simulated:simulated`.
const LOGIN: &str = "Authorization: Basic c2ltdWxhdGVkOnNpbXVsYXRlZA==\r\n";

/// A running command. Dropping the value ends it.
struct Running {
    child: Child,
    address: String,
}

impl Running {
    fn start(folder: &TempDir, arguments: &[&str]) -> Self {
        let api = ["--api", "127.0.0.1:0", "--api-ready", "address"];
        let mut command = Command::new(env!("CARGO_BIN_EXE_headroom"));
        command.current_dir(folder).args(["simulate", "-q", "--metrics-topic"]).args(arguments);
        command.args(api).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let file = folder.path().join("address");
        let began = Instant::now();
        while !file.exists() {
            assert_eq!(child.try_wait().unwrap(), None);
            assert!(began.elapsed().as_secs() < READY_S_MAX);
            std::thread::yield_now();
        }
        let url = fs::read_to_string(file).unwrap();
        let address = url.trim().strip_prefix("http://").unwrap().to_owned();
        Self { child, address }
    }

    /// The whole response, as text.
    fn raw(&self, method: &str, path: &str, header: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let head = format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n");
        let length = format!("Content-Length: {}\r\n", body.len());
        write!(stream, "{head}{length}{header}\r\n{body}").unwrap();
        let mut response = Vec::new();
        // The server may break the connection on purpose: what came before is the response.
        let _ = stream.read_to_end(&mut response);
        String::from_utf8(response).unwrap()
    }

    fn json(&self, method: &str, path: &str, header: &str, body: &str) -> Value {
        let response = self.raw(method, path, header, body);
        let (head, body) = response.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{response}");
        serde_json::from_str(body).unwrap()
    }

    fn bearer(&self) -> String {
        let token = self.json("POST", "/oauth/token", LOGIN, "grant_type=client_credentials");
        format!("Authorization: Bearer {}\r\n", token["access_token"].as_str().unwrap())
    }

    fn query(&self, bearer: &str, interval: &str) -> Value {
        let body = format!(r#"{{"interval":"{interval}","paging":{{"pageSize":100}}}}"#);
        self.json("POST", "/api/v2/analytics/conversations/details/query", bearer, &body)
    }

    fn interrupt(mut self) -> Option<i32> {
        Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn without_live_the_api_answers_as_of_the_end_once_the_files_are_written() {
    let folder = folder();
    let running = Running::start(&folder, &["--conversations", "40", "--out", "events.ndjson"]);
    assert_eq!(names(&folder), ["address", "events.ndjson", "events.truth.ndjson"]);
    let bearer = running.bearer();
    let page = running.query(&bearer, "2026-05-12T00:00:00Z/2026-05-14T00:00:00Z");
    assert_eq!(page["totalHits"], 40);
    let is_open = |conversation: &Value| conversation["conversationEnd"].is_null();
    assert!(!page["conversations"].as_array().unwrap().iter().any(is_open));
    assert_eq!(running.interrupt(), Some(0));
}

#[test]
fn with_agents_the_api_says_who_is_in_which_queue() {
    let folder = folder();
    let arguments = ["--agents", "--conversations", "40", "--out", "events.ndjson"];
    let running = Running::start(&folder, &arguments);
    let bearer = running.bearer();
    let body = r#"{"metrics":[{"metric":"oMemberUsers","details":true}],"groupBy":["queueId"]}"#;
    let path = "/api/v2/analytics/routing/activity/query";
    let answer = running.json("POST", path, &bearer, body);
    let entity = &answer["results"][0]["entities"][0];
    assert!(entity["routingStatus"].is_string() && entity["presenceDate"].is_string(), "{answer}");
    let user = entity["userId"].as_str().unwrap();
    let path = format!("/api/v2/users/presences/purecloud/bulk?id={user}");
    let presences = running.json("GET", &path, &bearer, "");
    assert_eq!(presences[0]["modifiedDate"], entity["presenceDate"]);
    assert_eq!(running.json("GET", "/stand-in/asked", "", "")["byKind"]["routingActivity"], 1);
}

#[test]
fn faults_are_set_and_requests_are_reported_over_http() {
    let folder = folder();
    let running = Running::start(&folder, &["--conversations", "5", "--out", "events.ndjson"]);
    let bearer = running.bearer();
    let faults = r#"{"next":[{"fault":{"kind":"status","status":503}},
        {"fault":{"kind":"truncated"}}]}"#;
    let put = |faults| running.raw("PUT", "/stand-in/faults", "", faults);
    assert!(put(faults).starts_with("HTTP/1.1 204"));
    let users = || running.raw("GET", "/api/v2/users", &bearer, "");
    assert!(users().starts_with("HTTP/1.1 503"));
    let truncated = users();
    let complete = users();
    assert!(truncated.len() < complete.len() && complete.starts_with("HTTP/1.1 200"));
    assert!(complete.to_lowercase().contains("inin-ratelimit-allowed: 300"), "{complete}");
    let report = running.json("GET", "/stand-in/asked", "", "");
    assert_eq!(report["byKind"]["users"], 3);
    assert_eq!(report["byStatus"]["503"], 1);
    assert!(put(r#"{"wrong":1}"#).contains("unknown field `wrong`"));
}

#[test]
fn with_live_the_api_answers_while_events_come() {
    let folder = folder();
    let arguments = ["--live", "--rate", "200", "--out", "events.ndjson"];
    let running = Running::start(&folder, &arguments);
    let bearer = running.bearer();
    let events = folder.path().join("events.ndjson");
    let began = Instant::now();
    while fs::metadata(&events).unwrap().len() < 50_000 {
        assert!(began.elapsed().as_secs() < READY_S_MAX);
        std::thread::yield_now();
    }
    let page = running.query(&bearer, "2020-01-01T00:00:00Z/2100-01-01T00:00:00Z");
    assert!(page["totalHits"].as_i64().unwrap() > 0);
    let now = jiff::Timestamp::now();
    for conversation in page["conversations"].as_array().unwrap() {
        let start = conversation["conversationStart"].as_str().unwrap();
        assert!(start.parse::<jiff::Timestamp>().unwrap() <= now);
    }
    assert_eq!(running.interrupt(), Some(0));
}

#[test]
fn api_options_that_contradict_each_other_are_refused() {
    let folder = folder();
    is_refused(&folder, &["simulate", "--out", "a", "--api-ready", "b"], "--api <ADDRESS>");
    is_refused(&folder, &["simulate", "--out", "a", "--api", "nowhere"], "invalid socket address");
    is_refused(&folder, &["simulate", "--out", "a", "--api-client", "me"], "write ID:SECRET");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    fails(&folder, &["simulate", "--out", "a", "--api", &address], "take another address");
    assert_eq!(names(&folder), Vec::<String>::new());
}
