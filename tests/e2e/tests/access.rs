//! Who may connect, and what a token does not show.

#![allow(clippy::unwrap_used)]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use headroom_e2e::{Cloud, Socket, acd_start, eventually};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use rsa::pkcs1::EncodeRsaPrivateKey;
use rsa::rand_core::OsRng;
use serde_json::{Value, json};

/// Two queues, and a token for the first of them.
const MINE: &str = "11111111-0000-4000-8000-000000000000";
const OTHER: &str = "22222222-0000-4000-8000-000000000000";

fn with(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}

/// Signed by a key of the same name that is not the issuer's.
fn forged(claims: &Value) -> String {
    let key = rsa::RsaPrivateKey::new(&mut OsRng, 2_048).unwrap();
    let key = EncodingKey::from_rsa_der(key.to_pkcs1_der().unwrap().as_bytes());
    let header = Header { kid: Some("local".into()), ..Header::new(Algorithm::RS256) };
    encode(&header, claims, &key).unwrap()
}

fn unsigned(claims: &Value) -> String {
    let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
    format!("{}.{}.", part(&json!({"alg": "none", "kid": "local"})), part(claims))
}

/// The last letter but some of the signature is another one.
fn altered(token: &str) -> String {
    let at = token.len() - 10;
    let other = if &token[at..=at] == "A" { "B" } else { "A" };
    format!("{}{other}{}", &token[..at], &token[at + 1..])
}

#[tokio::test]
async fn only_a_token_of_the_issuer_connects_and_only_from_a_page_on_the_list() {
    let cloud = Cloud::start(&[]);
    let claims = cloud.claims(&["*"]);
    let good = cloud.sign(&claims);
    let past = claims["iat"].as_u64().unwrap() - 3_600;
    let refused = [
        ("no token", String::new()),
        ("garbage", "a.b.c".to_owned()),
        ("forged", forged(&claims)),
        ("unsigned", unsigned(&claims)),
        ("altered", altered(&good)),
        ("expired", cloud.sign(&with(claims.clone(), "exp", json!(past)))),
        ("for another audience", cloud.sign(&with(claims.clone(), "aud", json!("others")))),
        (
            "of another issuer",
            cloud.sign(&with(claims.clone(), "iss", json!("https://evil.example/"))),
        ),
        ("with a claim of another type", cloud.sign(&with(claims.clone(), "queues", json!("*")))),
    ];
    for (what, token) in refused {
        let status = Socket::open(&cloud, &token, None).await.err();
        assert!(matches!(status, Some(401 | 403)), "{what}: {status:?}");
    }
    let foreign = Socket::open(&cloud, &good, Some("https://evil.example")).await.err();
    assert!(matches!(foreign, Some(401 | 403)), "{foreign:?}");
    for origin in [None, Some("https://wallboard.example")] {
        let mut socket = Socket::open(&cloud, &good, origin).await.unwrap();
        socket.send(&json!({"action": "ping", "id": 3})).await;
        assert_eq!(socket.next().await.unwrap(), json!({"type": "pong", "id": 3}));
    }
}

#[tokio::test]
async fn a_token_for_one_queue_shows_nothing_of_another() {
    let cloud = Cloud::start(&[]);
    let mut socket = Socket::open(&cloud, &cloud.token(&[MINE]), None).await.unwrap();
    let other = [format!("queue#{OTHER}#voice"), format!("queue#{OTHER}#*")];
    let subjects = ["queue#*", &other[0], &other[1]];
    socket.send(&json!({"action": "subscribe", "id": 1, "subjects": subjects})).await;
    let subscribed = socket.next_of("subscribed").await;
    let refused: Vec<_> = subscribed["refused"].as_array().unwrap().clone();
    for (refused, subject) in refused.iter().zip(&other) {
        assert_eq!(*refused, json!({"subject": subject, "code": "forbidden"}));
    }
    assert_eq!(refused.len(), 2);
    socket.next_of("snapshot").await;
    socket.frames.clear();

    // Deltas: the other queue's change is in the same batches as its own.
    let starts =
        (0..20).map(|n| acd_start(if n % 2 == 0 { OTHER } else { MINE }, &format!("c{n}")));
    cloud.deliver(&starts.collect::<Vec<_>>()).await;
    eventually("rows of both", async || {
        let rows = cloud.rows().await;
        let waiting = |queue| {
            rows.get(&format!("queue#{queue}#voice|now")).map(|row| row.metrics["oWaiting"])
        };
        waiting(MINE) == Some(10) && waiting(OTHER) == Some(10)
    })
    .await;
    while socket.next_of("deltas").await["rows"][0]["set"]["oWaiting"] != 10 {}

    // Snapshots: by wildcard, and by asking whether a row of the other queue is still the same.
    socket.send(&json!({"action": "subscribe", "id": 2, "subjects": ["queue#*"]})).await;
    socket.next_of("snapshot").await;
    let have = json!({format!("queue#{OTHER}#voice|now"): {"epoch": "1.1", "version": 1}});
    socket.send(&json!({"action": "verify", "id": 3, "have": have})).await;
    socket.next_of("snapshot").await;
    assert!(socket.frames.iter().any(|frame| frame.contains(MINE)));
    for frame in &socket.frames {
        assert!(!frame.contains(OTHER), "{frame}");
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
    socket.next_of("snapshot").await;
    // A change every now and then, until the server has had enough of this viewer.
    let changes = async {
        for n in 0.. {
            cloud.deliver(&[acd_start(MINE, &format!("c{n}"))]).await;
            eventually("the change", async || {
                let rows = cloud.rows().await;
                rows.get(&format!("queue#{MINE}#voice|now"))
                    .is_some_and(|row| row.metrics["oWaiting"] == n + 1)
            })
            .await;
        }
    };
    let watched = async {
        let mut last = json!(null);
        while let Some(message) = socket.next().await {
            last = message;
        }
        last
    };
    let last = tokio::select! { () = changes => unreachable!(), last = watched => last };
    assert_eq!(last, json!({"type": "expired"}));
    let again = Socket::open(&cloud, &token, None).await.err();
    assert!(matches!(again, Some(401 | 403)), "{again:?}");
}
