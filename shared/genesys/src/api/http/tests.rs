//! The transport against a small server on this machine.

use crate::api::{
    BODY_BYTES_MAX, CallError, Client, Credentials, Host, HttpTransport, PermittedRequest, Request,
    Response, Transport, TransportError,
};
use crate::budget::{Denied, Purpose, RateLimitInfo, RateLimiter};
use headroom_requests::RetryPolicy;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const TIME: Duration = Duration::from_secs(20);

/// Gives each connection one answer, in order, and hands back the requests.
fn serve(answers: Vec<Vec<u8>>) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let served = std::thread::spawn(move || {
        let answer = |answer: Vec<u8>| {
            let (mut stream, _) = listener.accept().unwrap();
            let request = request(&stream);
            // Who has read enough hangs up.
            let _ = stream.write_all(&answer);
            request
        };
        answers.into_iter().map(answer).collect()
    });
    (address, served)
}

/// Head and body of a request.
fn request(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let mut text = String::new();
    while !text.ends_with("\r\n\r\n") {
        assert!(reader.read_line(&mut text).unwrap() > 0);
    }
    let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    reader.read_exact(&mut body).unwrap();
    text + &String::from_utf8(body).unwrap()
}

fn answer(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\n{headers}Connection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

fn get() -> Request {
    Request {
        host: Host::Api,
        path: "/api/v2/routing/queues?pageSize=100".to_owned(),
        authorization: "Bearer abc".to_owned(),
        body: None,
    }
}

fn permitted(request: Request) -> PermittedRequest {
    PermittedRequest::for_test(request)
}

async fn send(answer: Vec<u8>, request: Request) -> (Result<Response, TransportError>, String) {
    let (address, served) = serve(vec![answer]);
    let transport = HttpTransport::new(&address, &address).unwrap();
    let response = transport.send(permitted(request), TIME).await;
    (response, served.join().unwrap().remove(0))
}

#[tokio::test]
async fn a_request_and_its_response_go_through() {
    let headers = "ININ-Correlation-Id: abc-1\r\ninin-ratelimit-allowed: 300\r\n\
        inin-ratelimit-count: 7\r\ninin-ratelimit-reset: 61\r\nRetry-After: 42\r\n";
    let (response, received) = send(answer("429 Too Many", headers, "{}"), get()).await;
    let response = response.unwrap();
    assert_eq!((response.status, &*response.body), (429, &b"{}"[..]));
    assert_eq!((response.retry_after, response.allowed), (Some(42), Some(300)));
    assert_eq!((response.count, response.reset), (Some(7), Some(61)));
    assert_eq!(response.correlation.as_deref(), Some("abc-1"));
    assert!(
        received.starts_with("GET /api/v2/routing/queues?pageSize=100 HTTP/1.1\r\n"),
        "{received}"
    );
    assert!(received.contains("authorization: Bearer abc\r\n"), "{received}");
    assert!(received.contains("accept: application/json\r\n"), "{received}");
}

#[tokio::test]
async fn a_body_goes_with_its_kind() {
    let body = Some(b"grant_type=client_credentials".to_vec());
    let post = Request { host: Host::Login, body, ..get() };
    let headers = "Retry-After: Wed, 21 Oct 2026 07:28:00 GMT\r\ninin-ratelimit-allowed: -1\r\n";
    let (response, received) = send(answer("200 OK", headers, ""), post).await;
    let response = response.unwrap();
    assert_eq!((response.retry_after, response.allowed), (None, None));
    assert!(received.starts_with("POST /api/v2/routing/queues"), "{received}");
    assert!(received.contains("content-type: application/x-www-form-urlencoded\r\n"), "{received}");
    assert!(received.ends_with("\r\n\r\ngrant_type=client_credentials"), "{received}");
}

#[tokio::test]
async fn a_redirect_is_an_answer() {
    let headers = "Location: http://127.0.0.1:9/elsewhere\r\n";
    let (response, _) = send(answer("302 Found", headers, ""), get()).await;
    assert_eq!(response.unwrap().status, 302);
}

#[tokio::test]
async fn an_answer_may_be_as_large_as_the_limit_and_no_larger() {
    let most = answer("200 OK", "", &"x".repeat(BODY_BYTES_MAX));
    let (response, _) = send(most, get()).await;
    assert_eq!(response.unwrap().body.len(), BODY_BYTES_MAX);
    // Without a length, too.
    let mut endless = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec();
    endless.resize(endless.len() + BODY_BYTES_MAX + 1, b'x');
    let larger = answer("200 OK", "", &"x".repeat(BODY_BYTES_MAX + 1));
    for large in [larger, endless] {
        let (response, _) = send(large, get()).await;
        assert_eq!(response.unwrap_err(), TransportError::TooLarge);
    }
}

#[tokio::test]
async fn an_answer_that_is_cut_off_is_none() {
    let cut_off = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"entities\":[".to_vec();
    for bad in [cut_off, b"HTTP/1.1 200".to_vec(), Vec::new(), b"hello\r\n\r\n".to_vec()] {
        let (response, _) = send(bad, get()).await;
        assert!(matches!(response, Err(TransportError::Broken(_))), "{response:?}");
    }
}

#[tokio::test]
async fn who_does_not_answer_is_waited_for_no_longer_than_said() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let transport = HttpTransport::new(&address, &address).unwrap();
    let start = Instant::now();
    let response = transport.send(permitted(get()), Duration::from_millis(200)).await;
    assert_eq!(response.unwrap_err(), TransportError::TimedOut);
    assert!(start.elapsed() < TIME);
    drop(listener);
    let response = transport.send(permitted(get()), TIME).await;
    assert!(matches!(response, Err(TransportError::Broken(_))), "{response:?}");
}

#[tokio::test]
async fn a_server_with_another_protocol_is_not_trusted() {
    // TLS is spoken to it; what it says is no TLS.
    let (address, served) = serve_bytes(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    let address = address.replace("http:", "https:");
    let transport = HttpTransport::new(&address, &address).unwrap();
    let response = transport.send(permitted(get()), TIME).await;
    assert!(matches!(response, Err(TransportError::Untrusted(_))), "{response:?}");
    served.join().unwrap();
}

/// Says something to whoever connects, and reads until they hang up.
fn serve_bytes(bytes: &'static [u8]) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let served = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(bytes).unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    });
    (address, served)
}

/// Everything is allowed, at once.
struct Open;

impl RateLimiter for Open {
    async fn acquire(&self, _: Purpose) -> Result<(), Denied> {
        Ok(())
    }

    async fn observe(&self, _: RateLimitInfo) {}
}

#[tokio::test]
async fn the_whole_way() {
    let login = answer("200 OK", "", r#"{"access_token":"t0k3n","expires_in":3600}"#);
    let cut_off = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"entities\":[".to_vec();
    let queues = answer("200 OK", "", r#"{"entities":[{"id":"q1","name":"Sales"}]}"#);
    let (address, served) =
        serve(vec![login, cut_off, queues, answer("404 Not Found", "", r#"{"code":"not.found"}"#)]);
    let transport = HttpTransport::new(&address, &address).unwrap();
    let credentials = Credentials { client_id: "a".to_owned(), client_secret: "b".to_owned() };
    let client = Client::new(transport, Open, RetryPolicy::IMMEDIATE, credentials);
    let calls = client.with_deadline(Instant::now() + TIME);
    assert_eq!(calls.queues(1).await.unwrap().entities[0].id, "q1");
    let result = calls.queues(2).await;
    assert!(matches!(result, Err(CallError::Failed(_))), "{result:?}");
    let received = served.join().unwrap();
    assert!(received[0].contains("authorization: Basic YTpi\r\n"), "{}", received[0]);
    assert!(
        received[1..].iter().all(|request| request.contains("authorization: Bearer t0k3n\r\n"))
    );
}

#[test]
fn a_token_goes_over_https_or_stays_on_this_machine() {
    for good in
        ["https://api.example", "https://api.example/", "http://127.0.0.1:9", "http://[::1]:9"]
    {
        assert!(HttpTransport::new(good, good).is_ok(), "{good}");
    }
    for bad in [
        "http://api.example",
        "https://api.example/api/v2",
        "https://api.example/?a=b",
        "https://user@api.example",
        "https://api.example#",
        "api.example",
        "file:///etc/passwd",
        "",
    ] {
        assert!(HttpTransport::new("https://api.example", bad).is_err(), "{bad}");
    }
}
