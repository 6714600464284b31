//! The stand-in Platform API answers with the world's truth, within Genesys' limits.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod faults;
mod growth;
mod limits;
mod lists;
mod lost;
mod presences;
mod query;
mod rows;
mod schema;
mod sessions;
mod staffing;
mod user_details;

use headroom_simulator::{
    Api, ApiOptions, ApiRequest, ApiResponse, Archive, Assumptions, Faults, Feed, Line, Load,
    Options, Rules, Truth, run_recorded,
};
use serde_json::Value;
use std::convert::Infallible;

/// In the middle of a day; a run of some hundred conversations takes hours.
const START: &str = "2026-05-12T07:00:00Z";

fn options(seed: u64, conversations: u64) -> Options {
    Options {
        seed,
        start: START.parse().unwrap(),
        load: Load::Conversations(conversations),
        feed: Feed::Both,
        faults: Faults::default(),
        rules: Rules::default(),
        assumptions: Assumptions::default(),
        agents: false,
    }
}

/// A run that is over.
struct Simulation {
    archive: Archive,
    lines: Vec<Line>,
    truth: Truth,
}

fn simulate_with(options: &Options, archive: Archive) -> Simulation {
    let mut lines = Vec::new();
    let truth = run_recorded(options, &archive, |line| {
        lines.push(line);
        Ok::<_, Infallible>(())
    });
    let Ok(truth) = truth;
    Simulation { archive, lines, truth }
}

fn simulate(options: &Options) -> Simulation {
    simulate_with(options, Archive::new())
}

/// Agents with lives of their own, in the middle of work.
fn lives(seed: u64) -> Options {
    let load = Load::Rate { per_second: 0.2, duration_seconds: 10_800.0 };
    Options { load, agents: true, ..options(seed, 0) }
}

/// A client with a token and no rate limit.
struct Client {
    api: Api,
    token: String,
    now: i64,
}

impl Client {
    fn new(archive: &Archive, options: ApiOptions, now: i64) -> Self {
        let mut api = Api::new(archive.clone(), options);
        let token = token(&mut api, now);
        Self { api, token, now }
    }

    /// As of a time.
    fn as_of(archive: &Archive, now: i64) -> Self {
        let options = ApiOptions { limit_per_minute: u32::MAX, ..ApiOptions::default() };
        Self::new(archive, options, now)
    }

    /// As of the end of the run.
    fn at_end(archive: &Archive) -> Self {
        Self::as_of(archive, archive.end_ms().unwrap())
    }

    fn get(&mut self, path: &str) -> ApiResponse {
        self.api.respond(&ApiRequest::get(path, &self.token), self.now)
    }

    fn post(&mut self, path: &str, body: &Value) -> ApiResponse {
        let request = ApiRequest::post(path, &self.token, body.to_string().into_bytes());
        self.api.respond(&request, self.now)
    }

    fn conversations(&mut self, ids: &[String]) -> Vec<Value> {
        let mut conversations = Vec::new();
        for ids in ids.chunks(100) {
            let path = format!("/api/v2/analytics/conversations/details?id={}", ids.join(","));
            let body = json(&self.get(&path));
            conversations.extend(body["conversations"].as_array().unwrap().iter().cloned());
        }
        conversations
    }
}

fn token(api: &mut Api, now: i64) -> String {
    // simulated:simulated
    let response = api.respond(&token_request("Basic c2ltdWxhdGVkOnNpbXVsYXRlZA=="), now);
    assert_eq!(response.status, 200);
    json(&response)["access_token"].as_str().unwrap().to_owned()
}

fn token_request(authorization: &str) -> ApiRequest {
    ApiRequest::token(authorization.to_owned())
}

fn json(response: &ApiResponse) -> Value {
    serde_json::from_slice(&response.body).unwrap()
}

fn ms(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

/// The elements of an array in a value; none if it is absent.
fn each<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value[key].as_array().map(Vec::as_slice).unwrap_or_default().iter()
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value[key].as_str()
}

/// The participants of a conversation, each with its only session.
fn sessions(conversation: &Value) -> impl Iterator<Item = (&Value, &Value)> {
    each(conversation, "participants").map(|participant| {
        let mut sessions = each(participant, "sessions");
        let session = sessions.next().unwrap();
        assert!(sessions.next().is_none());
        (participant, session)
    })
}
