//! Rows of the past, for trends.

use crate::requests::{error_code, snapshot};
use crate::world::World;
use headroom_protocol::{ErrorCode, ServerMessage};
use serde_json::{Value, json};

const HOURS: [&str; 4] = [
    "PT30M#2026-05-12T08:00:00Z",
    "PT30M#2026-05-12T08:30:00Z",
    "PT30M#2026-05-12T09:00:00Z",
    "PT30M#2026-05-12T09:30:00Z",
];

async fn world() -> World {
    let world = World::new().await;
    world.connect("c", &["a", "b"]).await;
    for subject in ["queue#a#voice", "queue#b#voice", "queue#secret#voice"] {
        for bucket in HOURS.into_iter().chain(["now", "P1D#2026-05-12"]) {
            world.change(subject, bucket).await;
        }
    }
    world
}

fn span(subjects: &[&str], since: &str, until: &str) -> Value {
    json!({"action": "read", "id": 5, "subjects": subjects, "since": since, "until": until})
}

fn buckets(subjects: &[&str], buckets: &[&str]) -> Value {
    json!({"action": "read", "id": 5, "subjects": subjects, "buckets": buckets})
}

#[tokio::test]
async fn a_span_brings_the_intervals_that_begin_in_it() {
    let world = world().await;
    let read = async |since: &str, until: &str| {
        let subjects = ["queue#a#voice", "queue#b#voice", "queue#a#voice"];
        let answer = world.ask("c", span(&subjects, since, until)).await;
        assert!(matches!(answer[0], ServerMessage::Snapshot { id: Some(5), .. }));
        snapshot(&answer)
    };
    let rows = |buckets: &[&str]| -> Vec<(String, String)> {
        let of_queue = |queue: &'static str| {
            buckets.iter().map(move |bucket| (format!("queue#{queue}#voice"), (*bucket).to_owned()))
        };
        of_queue("a").chain(of_queue("b")).collect()
    };
    let day = read("2026-05-12T00:00:00Z", "2026-05-13T00:00:00Z").await;
    assert_eq!(day, rows(&HOURS));
    let part = read("2026-05-12T08:01:00Z", "2026-05-12T09:30:00Z").await;
    assert_eq!(part, rows(&HOURS[1..3]));
    assert_eq!(read("2026-05-12T08:00:00+02:00", "2026-05-12T09:00:00+02:00").await, []);
    assert_eq!(read("2026-05-12T09:00:00Z", "2026-05-12T08:00:00Z").await, []);
}

#[tokio::test]
async fn rows_are_read_by_the_names_of_buckets() {
    let world = world().await;
    let request = buckets(&["queue#a#voice"], &["now", "P1D#2026-05-12", "P1D#2026-05-11"]);
    let rows = snapshot(&world.ask("c", request).await);
    let row = |bucket: &str| ("queue#a#voice".to_owned(), bucket.to_owned());
    assert_eq!(rows, [row("now"), row("P1D#2026-05-12")]);
}

#[tokio::test]
async fn what_is_not_allowed_too_much_or_no_subject_is_an_error() {
    let world = world().await;
    let (since, until) = ("2026-05-12T00:00:00Z", "2026-05-13T00:00:00Z");
    let many: Vec<_> = (0..251).map(|n| format!("agent#{n}#voice")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    for (request, code) in [
        (span(&["queue#a#voice", "queue#secret#voice"], since, until), ErrorCode::Forbidden),
        (buckets(&["agent#secret#voice"], &["now"]), ErrorCode::Forbidden),
        (span(&["queue#*"], since, until), ErrorCode::BadRequest),
        (span(&["queue#a#*"], since, until), ErrorCode::BadRequest),
        (span(&["queue#a#voice"], "yesterday", until), ErrorCode::BadRequest),
        (buckets(&["queue#a#voice"], &["yesterday"]), ErrorCode::BadRequest),
        (span(&["queue#a#voice"], since, "2027-05-13T00:00:00Z"), ErrorCode::TooMany),
    ] {
        let answer = world.ask("c", &request).await;
        assert_eq!(error_code(&answer), (Some(5), code), "{request}");
        assert!(!format!("{answer:?}").contains("secret"), "{answer:?}");
    }
    let unlimited = World::new().await;
    unlimited.connect("c", &["*"]).await;
    let queues: Vec<_> = many.iter().map(|name| name.replace("agent", "queue")).collect();
    let queues: Vec<_> = queues.iter().map(String::as_str).collect();
    let answer = unlimited.ask("c", span(&queues, since, until)).await;
    assert_eq!(error_code(&answer), (Some(5), ErrorCode::TooMany));
}

#[tokio::test]
async fn deltas_continue_rows_that_were_read() {
    let world = world().await;
    world.ask("c", json!({"action": "subscribe", "id": 1, "subjects": ["queue#a#voice"]})).await;
    let answer = world.ask("c", buckets(&["queue#a#voice"], &[HOURS[0]])).await;
    let ServerMessage::Snapshot { rows, .. } = &answer[0] else { panic!() };
    let record = world.change("queue#a#voice", HOURS[0]).await;
    world.push(vec![record]).await;
    let ServerMessage::Deltas { rows: deltas } = &world.received("c")[0] else { panic!() };
    assert_eq!((deltas[0].base, &deltas[0].epoch), (rows[0].version, &rows[0].epoch));
}
