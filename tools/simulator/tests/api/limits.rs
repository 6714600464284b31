//! Tokens and the limit of each minute.

use super::*;

fn one() -> Archive {
    simulate(&options(1, 1)).archive
}

fn limited(limit_per_minute: u32) -> ApiOptions {
    ApiOptions { limit_per_minute, ..ApiOptions::default() }
}

const USERS: &str = "/api/v2/users";

#[test]
fn the_limit_holds_per_minute_from_the_first_request() {
    let mut client = Client::new(&one(), limited(3), 1_000_000);
    let mut ask = |at| {
        client.now = at;
        let response = client.get(USERS);
        let header = |name| response.header(name).map(str::to_owned);
        (
            response.status,
            header("inin-ratelimit-count"),
            header("inin-ratelimit-reset"),
            header("retry-after"),
        )
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(ask(2_000_000), (200, some("1"), some("60"), None));
    assert_eq!(ask(2_030_000), (200, some("2"), some("30"), None));
    assert_eq!(ask(2_059_999), (200, some("3"), some("1"), None));
    assert_eq!(ask(2_059_999), (429, some("4"), some("1"), some("1")));
    assert_eq!(ask(2_060_000), (200, some("1"), some("60"), None));
    let log = client.api.log();
    assert_eq!(log.by_status.get(&429), Some(&1));
    assert_eq!(log.most_in_a_minute, 4);
}

#[test]
fn a_refusal_says_how_long_to_wait_as_announced() {
    let mut client = Client::new(&one(), limited(0), 1_000_000);
    let refused = client.get(USERS);
    let body = json(&refused);
    let wait = refused.header("Retry-After").unwrap();
    assert_eq!(refused.header("inin-ratelimit-allowed"), Some("0"));
    assert_eq!(text(&body, "code"), Some("too.many.requests.retry.after"));
    let message = format!("Rate limit exceeded the maximum. Retry the request in [{wait}] seconds");
    assert_eq!(text(&body, "message"), Some(message.as_str()));
}

#[test]
fn each_token_has_a_limit_of_its_own() {
    let mut client = Client::new(&one(), limited(1), 1_000_000);
    assert_eq!((client.get(USERS).status, client.get(USERS).status), (200, 429));
    client.token = token(&mut client.api, 1_000_000);
    assert_eq!(client.get(USERS).status, 200);
}

#[test]
fn a_token_ends() {
    let options = ApiOptions { token_seconds: 600, ..ApiOptions::default() };
    let mut client = Client::new(&one(), options, 1_000_000);
    client.now = 1_599_999;
    assert_eq!(client.get(USERS).status, 200);
    client.now = 1_600_000;
    let refused = client.get(USERS);
    assert_eq!((refused.status, refused.header("inin-ratelimit-count")), (401, None));
}

#[test]
fn only_who_is_known_gets_a_token() {
    let mut api = Api::new(one(), ApiOptions::default());
    let mut ask = |request: &ApiRequest| api.respond(request, 0).status;
    let good = token_request("Basic c2ltdWxhdGVkOnNpbXVsYXRlZA==");
    assert_eq!(ask(&good), 200);
    assert_eq!(ask(&token_request("Basic c2ltdWxhdGVkOndyb25n")), 401);
    assert_eq!(ask(&token_request("")), 401);
    assert_eq!(ask(&ApiRequest { body: b"grant_type=password".to_vec(), ..good }), 400);
    assert_eq!(ask(&ApiRequest::get(USERS, "")), 401);
    assert_eq!(ask(&ApiRequest::get("/api/v2/nothing", "")), 401);
}
