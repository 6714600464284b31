//! By HTTP too, a token for one queue sees nothing of another queue, and nothing at all after it has
//! expired: the list of attempts is that of the WebSocket.

use crate::rest::{fill, reader, request};
use crate::secrecy::{SECRET, SECRETS, patterns, world};
use crate::world::{MINUTE, World};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use headroom_kpi::Millis;
use headroom_protocol::RowsPage;
use headroom_rows::Response;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The times of attempts.
const TIMES: [&str; 4] = [
    "",
    "&bucket=now,current,today",
    "&bucket=P1D%232026-05-12",
    "&from=2026-05-12T00:00:00Z&to=2026-05-13T00:00:00Z",
];

/// Queries for subjects that are not allowed, in every way.
fn attempts() -> Vec<String> {
    let subject = |subject: &str| format!("subject={}", subject.replace('#', "%23"));
    let mut subjects: Vec<_> = patterns().into_iter().map(subject).collect();
    subjects.push(subject("queue#owner#chat"));
    subjects.push(subjects.join("&"));
    let allowed = subject("queue#own#voice");
    let mixed: Vec<_> = subjects.iter().map(|subject| format!("{allowed}&{subject}")).collect();
    let mut attempts = Vec::new();
    for subjects in subjects.iter().chain(&mixed) {
        for time in TIMES {
            attempts.extend(["", "&format=csv"].map(|format| format!("{subjects}{time}{format}")));
        }
    }
    attempts
}

async fn respond(world: &World, queues: &[&str], agents: bool, query: &str) -> Response {
    reader(world).respond(&request(queues, agents, query), world.now).await.unwrap()
}

fn text(response: &Response) -> String {
    format!("{:?} {}", response.headers, response.body).replace("%23", "#")
}

fn subjects(response: &Response) -> BTreeSet<String> {
    let page: RowsPage = serde_json::from_str(&response.body).unwrap();
    page.rows.into_iter().map(|row| row.subject).collect()
}

#[tokio::test]
async fn a_token_for_one_queue_reads_nothing_of_another() {
    let world = world().await;
    let mut statuses = BTreeSet::new();
    for attempt in attempts() {
        let response = respond(&world, &["own"], false, &attempt).await;
        let text = text(&response);
        assert!(!text.contains(SECRET) && !text.contains("owner"), "{attempt}: {text}");
        statuses.insert(response.status_code);
    }
    assert_eq!(statuses, BTreeSet::from([200, 403]));
    let response = respond(&world, &["own"], false, "subject=queue%23*").await;
    let expected = ["queue#own#agents", "queue#own#voice"].map(str::to_owned);
    assert_eq!(subjects(&response), expected.into());
}

/// A cursor with another position: cursors are not signed.
fn forged(cursor: &str, bucket: u64, subject: &str) -> String {
    let json = URL_SAFE_NO_PAD.decode(cursor).unwrap();
    let mut cursor: Value = serde_json::from_slice(&json).unwrap();
    cursor["p"] = json!({"b": bucket, "s": subject});
    URL_SAFE_NO_PAD.encode(cursor.to_string())
}

#[tokio::test]
async fn the_cursor_of_another_token_and_a_forged_one_open_nothing() {
    let world = world().await;
    fill(&world, 1_000, &["now"]).await;
    let query = "subject=queue%23*&bucket=now,P1D%232026-05-12";
    let first = respond(&world, &["*"], true, query).await;
    let page: RowsPage = serde_json::from_str(&first.body).unwrap();
    let cursor = page.next.unwrap();
    let mut cursors = vec![cursor.clone()];
    for subject in SECRETS.iter().chain(&["", "queue#", "queue#owner", "queue#secre"]) {
        cursors.extend([0, 1, 2, u64::MAX].map(|bucket| forged(&cursor, bucket, subject)));
    }
    for cursor in cursors {
        let response = respond(&world, &["own"], false, &format!("{query}&cursor={cursor}")).await;
        assert_eq!(response.status_code, 200, "{}", response.body);
        assert!(subjects(&response).iter().all(|subject| subject.starts_with("queue#own#")));
        assert!(!response.body.contains(SECRET) && !response.body.contains("owner"));
    }
}

#[tokio::test]
async fn a_token_for_agents_reads_agents_and_no_queue() {
    let world = world().await;
    let read = async |query: &str| {
        subjects(&respond(&world, &[], true, &format!("{query}&bucket=now,today")).await)
    };
    let expected = |subjects: &[&str]| subjects.iter().map(|s| (*s).to_owned()).collect();
    assert_eq!(read("subject=queue%23*").await, expected(&[]));
    assert_eq!(read("subject=agent%23*").await, expected(&["agent#secret"]));
    let agent = ["agent#secret", "agent#secret#voice"];
    assert_eq!(read("subject=agent%23secret%23*").await, expected(&agent));
    let staffing = respond(&world, &[], true, "subject=queue%23own%23agents").await;
    assert_eq!(staffing.status_code, 403);
}

#[tokio::test]
async fn a_token_that_allows_nothing_reads_nothing() {
    let world = world().await;
    for attempt in attempts() {
        let response = respond(&world, &[], false, &attempt).await;
        assert!(!response.body.contains('#'), "{attempt}: {}", response.body);
    }
}

#[tokio::test]
async fn after_the_token_has_expired_nothing_is_read() {
    let mut world = world().await;
    world.now = world.now + Millis(60 * MINUTE.0);
    for attempt in attempts().iter().map(String::as_str).chain(["subject=queue%23*", ""]) {
        let response = respond(&world, &["own"], false, attempt).await;
        assert_eq!(response.status_code, 401, "{attempt}");
        assert!(!text(&response).contains('#'), "{attempt}: {}", response.body);
    }
}
