//! Events on a bus, which is a thread of the test that talks HTTP.

use super::*;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// Answers a request: the entries in it, the status and the body.
type Responder = fn(nth: usize, entries: &[Value]) -> (u16, Value);

/// A bus that keeps what it takes.
struct FakeBus {
    address: String,
    requests: Arc<Mutex<Vec<Vec<Value>>>>,
}

impl FakeBus {
    fn new(respond: Responder) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::<Mutex<Vec<_>>>::default();
        let shared_requests = Arc::clone(&requests);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, shared_requests) = (stream.unwrap(), Arc::clone(&shared_requests));
                std::thread::spawn(move || serve(&stream, &shared_requests, respond));
            }
        });
        Self { address, requests }
    }

    fn put(&self, folder: &TempDir, arguments: &[&str]) -> Output {
        let mut command = self.command(folder, arguments);
        command.stdin(Stdio::null()).output().unwrap()
    }

    fn command(&self, folder: &TempDir, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_headroom"));
        command.current_dir(folder).env_clear();
        for (name, value) in [
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_REGION", "eu-west-1"),
        ] {
            command.env(name, value);
        }
        command.args(["put", "--bus", "kpi", "--endpoint-url", &self.address]).args(arguments);
        command
    }

    fn entries(&self) -> Vec<Value> {
        self.requests.lock().unwrap().concat()
    }
}

/// Requests of a connection, until it is closed.
fn serve(stream: &TcpStream, requests: &Mutex<Vec<Vec<Value>>>, respond: Responder) {
    let (mut reader, mut writer) = (BufReader::new(stream), stream);
    while let Some(body) = request(&mut reader) {
        let entries = body["Entries"].as_array().unwrap().clone();
        let nth = {
            let mut requests = requests.lock().unwrap();
            requests.push(entries.clone());
            requests.len()
        };
        let (status, body) = respond(nth, &entries);
        let body = body.to_string();
        let head = format!(
            "HTTP/1.1 {status} X\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: {}",
            body.len()
        );
        let _ = write!(writer, "{head}\r\n\r\n{body}");
    }
}

fn request(reader: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim().to_ascii_lowercase();
        if let Some(given) = line.strip_prefix("content-length:") {
            length = given.trim().parse().unwrap();
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}

fn taken(_: usize, entries: &[Value]) -> (u16, Value) {
    let each = entries.iter().map(|_| json!({"EventId": "e"})).collect::<Vec<_>>();
    (200, json!({"FailedEntryCount": 0, "Entries": each}))
}

#[test]
fn every_event_goes_on_the_bus_once_as_it_was_and_what_cannot_is_kept() {
    let folder = simulated(&["-q", "--faults", "garbage=0.05"]);
    let bus = FakeBus::new(taken);
    let output = bus.put(&folder, &["--rejects", "bad", "--strict", "events.ndjson"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    // Broken lines may be no UTF-8.
    let events = fs::read(folder.path().join("events.ndjson")).unwrap();
    let events: Vec<_> =
        events.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
    let (entries, lines, rejects) = (bus.entries(), events.len(), read(&folder, "bad"));
    assert_eq!(entries.len() + rejects.lines().count(), lines);
    assert!(bus.requests.lock().unwrap().iter().all(|request| request.len() <= 10));
    let rejected = rejected(&rejects);
    let usable = events.iter().filter(|line| rejected.binary_search(&line.to_vec()).is_err());
    let mut sent: Vec<_> = usable
        .map(|line| {
            let event: Value = serde_json::from_slice(line).unwrap();
            format!("{} {}", event["detail-type"], event["detail"])
        })
        .collect();
    let mut put: Vec<_> = entries
        .iter()
        .map(|entry| {
            let detail: Value = serde_json::from_str(entry["Detail"].as_str().unwrap()).unwrap();
            format!("{} {detail}", entry["DetailType"])
        })
        .collect();
    put.sort();
    sent.sort();
    assert!(put == sent);
    let first = &entries[0];
    assert_eq!((&first["EventBusName"], &first["Source"]), (&json!("kpi"), &json!("headroom.put")));
    assert!(first["Time"].is_number(), "{first}");
    assert!(stderr(&output).contains("not_json"), "{}", stderr(&output));
}

#[test]
fn what_a_busy_bus_did_not_take_is_put_again_and_no_other() {
    let folder = simulated(&["-q"]);
    let bus = FakeBus::new(|nth, entries| {
        if nth == 1 {
            return (500, json!({"__type": "InternalException", "message": "once"}));
        }
        // The first entry of every third request has to come again.
        let busy = |at: usize| nth.is_multiple_of(3) && at == 0;
        let fate = |(at, _)| {
            if busy(at) {
                json!({"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"})
            } else {
                json!({"EventId": "e"})
            }
        };
        let each: Vec<_> = entries.iter().enumerate().map(fate).collect();
        let failed = usize::from(nth.is_multiple_of(3));
        (200, json!({"FailedEntryCount": failed, "Entries": each}))
    });
    let output = bus.put(&folder, &["events.ndjson"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let lines = read(&folder, "events.ndjson").lines().count();
    assert!(stderr(&output).contains("put once more"), "{}", stderr(&output));
    // Not counting the repeats, each line was put.
    let mut details: Vec<_> =
        bus.entries().iter().map(|entry| entry["Detail"].to_string()).collect();
    assert!(details.len() > lines);
    details.sort();
    details.dedup();
    assert_eq!(details.len(), lines);
}

#[test]
fn a_bus_that_says_no_ends_the_command_with_its_reason() {
    let folder = simulated(&["-q"]);
    let bus = FakeBus::new(|_, entries| {
        let no = json!({"ErrorCode": "ResourceNotFoundException", "ErrorMessage": "no bus kpi"});
        (200, json!({"FailedEntryCount": entries.len(), "Entries": vec![no; entries.len()]}))
    });
    let output = bus.put(&folder, &["events.ndjson"]);
    assert_eq!(output.status.code(), Some(3));
    let message = stderr(&output);
    assert!(message.contains("cannot put events on the bus kpi: ResourceNotFound"), "{message}");
}

#[test]
fn an_event_of_a_slow_stream_does_not_wait_for_others() {
    let folder = folder();
    let bus = FakeBus::new(taken);
    let mut child =
        bus.command(&folder, &["-"]).stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    for count in 1..=3 {
        stdin.write_all(b"{\"detail-type\":\"a\",\"detail\":{}}\n").unwrap();
        // The stream stays open: only the clock can have let it go.
        while bus.entries().len() < count {
            assert_eq!(child.try_wait().unwrap(), None);
            std::thread::yield_now();
        }
    }
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_missing_region_and_a_missing_file_are_said() {
    let folder = simulated(&["-q"]);
    let bus = FakeBus::new(taken);
    let mut command = bus.command(&folder, &["events.ndjson"]);
    let output = command.env_remove("AWS_REGION").stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(stderr(&output).contains("set AWS_REGION"), "{}", stderr(&output));
    let output = bus.put(&folder, &["nowhere.ndjson"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("cannot read nowhere.ndjson"), "{}", stderr(&output));
}
