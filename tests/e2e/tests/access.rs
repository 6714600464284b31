//! Which tokens may connect, and what a token does not show.

#![allow(clippy::unwrap_used)]

mod attacks;

use attacks::{refused_tokens, with};
use headroom_e2e::{Cloud, Socket, acd_start, eventually};
use serde_json::json;

/// The queue that the tokens of these tests may see.
const GRANTED: &str = "11111111-0000-4000-8000-000000000000";
/// A queue that they may not see.
const DENIED: &str = "22222222-0000-4000-8000-000000000000";

#[tokio::test]
async fn only_a_token_of_the_issuer_connects_and_only_from_a_page_on_the_list() {
    let cloud = Cloud::start(&[]);
    let valid = cloud.token(&["*"]);
    for (description, token) in refused_tokens(&cloud) {
        let status = Socket::open(&cloud, &token, None).await.err();
        assert!(matches!(status, Some(401 | 403)), "{description}: {status:?}");
    }
    let foreign = Socket::open(&cloud, &valid, Some("https://evil.example")).await.err();
    assert!(matches!(foreign, Some(401 | 403)), "{foreign:?}");
    for origin in [None, Some("https://wallboard.example")] {
        let mut socket = Socket::open(&cloud, &valid, origin).await.unwrap();
        socket.send(&json!({"action": "ping", "id": 3})).await;
        assert_eq!(socket.next().await.unwrap(), json!({"type": "pong", "id": 3}));
    }
}

#[tokio::test]
async fn a_token_for_one_queue_shows_nothing_of_another() {
    let cloud = Cloud::start(&[]);
    let mut socket = Socket::open(&cloud, &cloud.token(&[GRANTED]), None).await.unwrap();
    let denied = [format!("queue#{DENIED}#voice"), format!("queue#{DENIED}#*")];
    let subjects = ["queue#*", &denied[0], &denied[1]];
    socket.send(&json!({"action": "subscribe", "id": 1, "subjects": subjects})).await;
    let subscribed = socket.next_of_type("subscribed").await;
    let refused: Vec<_> = subscribed["refused"].as_array().unwrap().clone();
    for (refusal, subject) in refused.iter().zip(&denied) {
        assert_eq!(*refusal, json!({"subject": subject, "code": "forbidden"}));
    }
    assert_eq!(refused.len(), 2);
    socket.next_of_type("snapshot").await;
    socket.frames.clear();

    // Deltas: changes of both queues are in the same batches.
    let starts =
        (0..20).map(|n| acd_start(if n % 2 == 0 { DENIED } else { GRANTED }, &format!("c{n}")));
    cloud.deliver(&starts.collect::<Vec<_>>()).await;
    eventually("rows of both", async || {
        let rows = cloud.rows().await;
        let waiting = |queue| {
            rows.get(&format!("queue#{queue}#voice|now")).map(|row| row.metrics["oWaiting"])
        };
        waiting(GRANTED) == Some(10) && waiting(DENIED) == Some(10)
    })
    .await;
    while socket.next_of_type("deltas").await["rows"][0]["set"]["oWaiting"] != 10 {}

    // Snapshots: by wildcard, and by a request to verify a row of the denied queue.
    socket.send(&json!({"action": "subscribe", "id": 2, "subjects": ["queue#*"]})).await;
    socket.next_of_type("snapshot").await;
    let have = json!({format!("queue#{DENIED}#voice|now"): {"epoch": "1.1", "version": 1}});
    socket.send(&json!({"action": "verify", "id": 3, "have": have})).await;
    socket.next_of_type("snapshot").await;
    assert!(socket.frames.iter().any(|frame| frame.contains(GRANTED)));
    for frame in &socket.frames {
        assert!(!frame.contains(DENIED), "{frame}");
    }
}

#[tokio::test]
async fn nothing_is_sent_after_a_token_has_expired() {
    let cloud = Cloud::start(&[]);
    let claims = cloud.claims(&["*"]);
    let soon = claims["iat"].as_u64().unwrap() + 4;
    let token = cloud.sign(&with(claims, "exp", json!(soon)));
    let mut socket = Socket::open(&cloud, &token, None).await.unwrap();
    socket.send(&json!({"action": "subscribe", "id": 1, "subjects": ["queue#*"]})).await;
    socket.next_of_type("snapshot").await;
    // One change after the other, until the server ends the connection.
    let changes = async {
        for n in 0.. {
            cloud.deliver(&[acd_start(GRANTED, &format!("c{n}"))]).await;
            eventually("the change", async || {
                let rows = cloud.rows().await;
                rows.get(&format!("queue#{GRANTED}#voice|now"))
                    .is_some_and(|row| row.metrics["oWaiting"] == n + 1)
            })
            .await;
        }
    };
    let last_message = async {
        let mut last = json!(null);
        while let Some(message) = socket.next().await {
            last = message;
        }
        last
    };
    let last = tokio::select! { () = changes => unreachable!(), last = last_message => last };
    assert_eq!(last, json!({"type": "expired"}));
    let status = Socket::open(&cloud, &token, None).await.err();
    assert!(matches!(status, Some(401 | 403)), "{status:?}");
}
