//! The stand-in Platform API over HTTP.

use super::*;
use serde_json::Value;
use std::io::Read;
use std::net::TcpStream;
use std::process::Child;
use std::time::Instant;

const READY_S_MAX: u64 = 30;
/// simulated:simulated
const LOGIN: &str = "Authorization: Basic c2ltdWxhdGVkOnNpbXVsYXRlZA==\r\n";

/// A command that is ended whatever comes.
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
        let (file, began) = (folder.path().join("address"), Instant::now());
        while !file.exists() {
            assert_eq!(child.try_wait().unwrap(), None);
            assert!(began.elapsed().as_secs() < READY_S_MAX);
            std::thread::yield_now();
        }
        let url = fs::read_to_string(file).unwrap();
        let address = url.trim().strip_prefix("http://").unwrap().to_owned();
        Self { child, address }
    }

    /// Everything that comes back.
    fn raw(&self, method: &str, path: &str, header: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let head = format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n");
        let length = format!("Content-Length: {}\r\n", body.len());
        write!(stream, "{head}{length}{header}\r\n{body}").unwrap();
        let mut answer = Vec::new();
        // A connection that breaks off has said something all the same.
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8(answer).unwrap()
    }

    fn json(&self, method: &str, path: &str, header: &str, body: &str) -> Value {
        let answer = self.raw(method, path, header, body);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{answer}");
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

    fn interrupted(mut self) -> Option<i32> {
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
fn it_answers_as_of_the_end_once_the_files_are_written() {
    let folder = folder();
    let running = Running::start(&folder, &["--conversations", "40", "--out", "events.ndjson"]);
    assert_eq!(names(&folder), ["address", "events.ndjson", "events.truth.ndjson"]);
    let bearer = running.bearer();
    let page = running.query(&bearer, "2026-05-12T00:00:00Z/2026-05-14T00:00:00Z");
    assert_eq!(page["totalHits"], 40);
    let open = |it: &Value| it["conversationEnd"].is_null();
    assert!(!page["conversations"].as_array().unwrap().iter().any(open));
    assert_eq!(running.interrupted(), Some(0));
}

#[test]
fn what_is_to_go_wrong_and_what_was_asked_is_steered_over_http() {
    let folder = folder();
    let running = Running::start(&folder, &["--conversations", "5", "--out", "events.ndjson"]);
    let bearer = running.bearer();
    let faults = r#"{"next":[{"fault":{"kind":"status","status":503}},
        {"fault":{"kind":"truncated"}}]}"#;
    let put = |faults| running.raw("PUT", "/stand-in/faults", "", faults);
    assert!(put(faults).starts_with("HTTP/1.1 204"));
    let users = || running.raw("GET", "/api/v2/users", &bearer, "");
    assert!(users().starts_with("HTTP/1.1 503"));
    let (broken, whole) = (users(), users());
    assert!(broken.len() < whole.len() && whole.starts_with("HTTP/1.1 200"));
    assert!(whole.to_lowercase().contains("inin-ratelimit-allowed: 300"), "{whole}");
    let asked = running.json("GET", "/stand-in/asked", "", "");
    assert_eq!((&asked["byKind"]["users"], &asked["byStatus"]["503"]), (&3.into(), &1.into()));
    assert!(put(r#"{"wrong":1}"#).contains("unknown field `wrong`"));
}

#[test]
fn with_live_it_answers_while_events_come() {
    let folder = folder();
    let out = ["--live", "--rate", "200", "--out", "events.ndjson"];
    let running = Running::start(&folder, &out);
    let bearer = running.bearer();
    let (events, began) = (folder.path().join("events.ndjson"), Instant::now());
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
    assert_eq!(running.interrupted(), Some(0));
}

#[test]
fn what_does_not_go_together_is_refused() {
    let folder = folder();
    is_refused(&folder, &["simulate", "--out", "a", "--api-ready", "b"], "--api <ADDRESS>");
    is_refused(&folder, &["simulate", "--out", "a", "--api", "nowhere"], "invalid socket address");
    is_refused(&folder, &["simulate", "--out", "a", "--api-client", "me"], "write ID:SECRET");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    fails(&folder, &["simulate", "--out", "a", "--api", &address], "take another address");
    assert_eq!(names(&folder), Vec::<String>::new());
}
