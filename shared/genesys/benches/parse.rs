//! What it costs to parse one event: `cargo bench -p headroom-genesys`.
//!
//! The floor is what any parser has to do, check that the bytes are UTF-8. An event with an escape
//! in a field that is not used is one that the scanner leaves to `serde_json`.

#![allow(missing_docs, clippy::unwrap_used)]

use divan::counter::BytesCount;
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

fn event(file: &str) -> Vec<u8> {
    let path = format!("{}/../../events/samples/{file}", env!("CARGO_MANIFEST_DIR"));
    let event: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    event.to_string().into_bytes()
}

const EVENTS: [&str; 3] = ["a04-acd-start.json", "a06-acd-end-answered.json", "a07-user-end.json"];

#[divan::bench(args = EVENTS)]
fn floor(bencher: Bencher, file: &str) {
    let event = event(file);
    let bencher = bencher.counter(BytesCount::new(event.len()));
    bencher.bench(|| std::str::from_utf8(black_box(&event)).unwrap().len());
}

#[divan::bench(args = EVENTS)]
fn usual_event(bencher: Bencher, file: &str) {
    let event = event(file);
    let bencher = bencher.counter(BytesCount::new(event.len()));
    bencher.bench(|| headroom_genesys::parse(black_box(&event)).unwrap());
}

#[divan::bench(args = EVENTS)]
fn event_with_an_escape(bencher: Bencher, file: &str) {
    let event = String::from_utf8(event(file)).unwrap().replace("Edge", "Ed\\u0067e").into_bytes();
    let bencher = bencher.counter(BytesCount::new(event.len()));
    bencher.bench(|| headroom_genesys::parse(black_box(&event)).unwrap());
}
