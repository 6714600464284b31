//! Keys that change while the function runs.

use super::*;
use headroom_authorizer::{FetchError, FetchKeys, HttpFetch, KeysUnavailable};
use issuer::{EC, FORGER, RSA};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// An issuer's key set that can be changed, or fail.
#[derive(Clone, Default)]
struct Issued(Arc<Mutex<(Option<String>, usize)>>);

impl Issued {
    fn publish(&self, signers: &[&Signer]) {
        self.0.lock().unwrap().0 = Some(issuer::key_set(signers));
    }

    fn fail(&self) {
        self.0.lock().unwrap().0 = None;
    }

    fn fetches(&self) -> usize {
        self.0.lock().unwrap().1
    }
}

impl FetchKeys for Issued {
    fn fetch(&self) -> Result<Vec<u8>, FetchError> {
        let mut issued = self.0.lock().unwrap();
        issued.1 += 1;
        issued.0.clone().map(String::into_bytes).ok_or_else(|| FetchError("no answer".into()))
    }
}

struct Running {
    authorizer: Authorizer,
    issued: Issued,
    began: Instant,
}

impl Running {
    fn with(signers: &[&Signer]) -> Self {
        let issued = Issued::default();
        issued.publish(signers);
        let authorizer = with_keys(KeySource::fetched(issued.clone()));
        Self { authorizer, issued, began: Instant::now() }
    }

    /// What a token gets, some seconds after the start.
    async fn allows_at(&self, seconds: u64, signer: &Signer) -> Result<bool, KeysUnavailable> {
        let now = self.began + Duration::from_secs(seconds);
        let response = self.authorizer.respond(&handshake(&signer.sign(&claims())), now).await;
        response.map(|response| is_allowed(&response))
    }
}

#[tokio::test]
async fn a_new_key_is_found_and_a_withdrawn_one_forgotten() {
    let running = Running::with(&[&EC]);
    assert_eq!(running.allows_at(0, &EC).await, Ok(true));
    running.issued.publish(&[&RSA]);
    assert_eq!(running.allows_at(61, &RSA).await, Ok(true));
    assert_eq!(running.allows_at(62, &EC).await, Ok(false));
    assert_eq!(running.issued.fetches(), 2);
}

#[tokio::test]
async fn keys_are_renewed_although_no_token_asks_for_another() {
    let running = Running::with(&[&EC]);
    assert_eq!(running.allows_at(0, &EC).await, Ok(true));
    running.issued.publish(&[&RSA]);
    assert_eq!(running.allows_at(599, &EC).await, Ok(true));
    assert_eq!(running.allows_at(600, &EC).await, Ok(false));
}

#[tokio::test]
async fn made_up_key_ids_cause_one_fetch_a_minute() {
    let running = Running::with(&[&EC]);
    for second in 0..300 {
        assert_eq!(running.allows_at(second, &RSA).await, Ok(false));
    }
    assert_eq!(running.issued.fetches(), 5);
    // A bad signature under a known name causes none.
    for second in 300..310 {
        assert_eq!(running.allows_at(second, &FORGER).await, Ok(false));
    }
    assert_eq!(running.issued.fetches(), 5);
}

#[tokio::test]
async fn an_issuer_that_fails_leaves_the_keys_in_use_for_some_hours() {
    let running = Running::with(&[&EC]);
    assert_eq!(running.allows_at(0, &EC).await, Ok(true));
    running.issued.fail();
    assert_eq!(running.allows_at(3 * 3_600, &EC).await, Ok(true));
    assert_eq!(running.allows_at(4 * 3_600, &EC).await, Err(KeysUnavailable));
    running.issued.publish(&[&EC]);
    assert_eq!(running.allows_at(4 * 3_600 + 61, &EC).await, Ok(true));
}

#[tokio::test]
async fn without_any_keys_nobody_is_denied_and_the_next_try_is_soon() {
    let running = Running::with(&[&EC]);
    running.issued.fail();
    assert_eq!(running.allows_at(0, &EC).await, Err(KeysUnavailable));
    assert_eq!(running.allows_at(1, &EC).await, Err(KeysUnavailable));
    assert_eq!(running.issued.fetches(), 1);
    running.issued.publish(&[&EC]);
    assert_eq!(running.allows_at(6, &EC).await, Ok(true));
}

#[tokio::test]
async fn no_keys_are_fetched_for_what_is_no_token() {
    let running = Running::with(&[&EC]);
    for garbage in ["", "a.b.c"] {
        assert!(!is_allowed(&respond(&running.authorizer, &handshake(garbage)).await));
    }
    assert_eq!(running.issued.fetches(), 0);
}

/// Serves these responses, one for each connection, on loopback; gives its address.
fn serve(responses: Vec<String>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/jwks", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for response in responses {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4_096]);
            let _ = stream.write_all(response.as_bytes());
        }
    });
    address
}

fn ok(body: &str) -> String {
    let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}", body.len());
    format!("{head}\r\n\r\n{body}")
}

#[tokio::test]
async fn keys_are_fetched_and_rotated_over_http() {
    let sets = [&*EC, &*RSA].map(|signer| ok(&issuer::key_set(&[signer])));
    let fetch = HttpFetch::new(&serve(sets.to_vec())).unwrap();
    let authorizer = with_keys(KeySource::fetched(fetch));
    let began = Instant::now();
    for (seconds, signer) in [(0, &*EC), (61, &*RSA)] {
        let now = began + Duration::from_secs(seconds);
        let response = authorizer.respond(&handshake(&signer.sign(&claims())), now).await.unwrap();
        assert!(is_allowed(&response), "{}", signer.name);
    }
}

#[test]
fn a_response_that_is_no_key_set_within_the_size_limit_is_refused() {
    let moved = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";
    let not_found = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    let responses =
        vec![moved.to_owned(), not_found.to_owned(), ok(&"x".repeat(65 * 1_024)), ok("y")];
    let fetch = HttpFetch::new(&serve(responses)).unwrap();
    assert!(fetch.fetch().unwrap_err().to_string().contains("302"));
    assert!(fetch.fetch().unwrap_err().to_string().contains("404"));
    assert!(fetch.fetch().is_err());
    assert_eq!(fetch.fetch().unwrap(), b"y");
}
