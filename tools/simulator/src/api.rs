//! A stand-in for the Genesys Cloud Platform API, which answers requests from an archive.
//!
//! It does no I/O: a response depends on the requests and their times, and a server only transports
//! them. Limits and errors are Genesys' as far as they are documented; assumptions are marked.

mod conversations;
mod details_query;
mod faults;
mod filter;
mod lists;
mod log;
mod message;
mod presences;
mod refusal;
mod route;
mod routing_activity;
mod statuses;
mod tokens;
mod user_details;
mod view;

pub use faults::{ApiFault, ApiFaults, PlannedFault, ThrottleWindow};
pub use log::{LoggedRequest, RequestLog};
pub use message::{ApiRequest, ApiResponse};
pub use route::RequestKind;

use crate::Archive;
use crate::chance::{Chance, Part};
use conversations::Lookup;
use refusal::Refusal;
use route::Route;
use tokens::{MinuteUsage, Tokens};

/// How the stand-in behaves.
#[derive(Clone, Debug)]
pub struct ApiOptions {
    /// The OAuth client that gets access tokens.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// Requests per minute and token. Default: 300, as Genesys documents.
    pub limit_per_minute: u32,
    /// Lifetime of a token in seconds. Default: a day.
    pub token_seconds: u32,
    /// If set, requests are answered as of this time in ms since 1970, or of their own time if that
    /// is earlier.
    pub as_of_ms: Option<i64>,
    /// Faults of requests.
    pub faults: ApiFaults,
}

impl Default for ApiOptions {
    fn default() -> Self {
        Self {
            client_id: "simulated".to_owned(),
            client_secret: "simulated".to_owned(),
            limit_per_minute: 300,
            token_seconds: 86_400,
            as_of_ms: None,
            faults: ApiFaults::default(),
        }
    }
}

/// The stand-in.
pub struct Api {
    archive: Archive,
    options: ApiOptions,
    tokens: Tokens,
    log: RequestLog,
    chance: Chance,
}

impl Api {
    /// Creates a stand-in that answers from an archive.
    pub fn new(archive: Archive, options: ApiOptions) -> Self {
        let key = format!("{}:{}", options.client_id, options.client_secret);
        let tokens = Tokens::new(&key, options.token_seconds, options.limit_per_minute);
        let chance = Chance::new(options.faults.seed, Part::Api);
        Self { archive, options, tokens, log: RequestLog::default(), chance }
    }

    /// Answers a request that arrives at a time in ms since 1970, which must not go backwards.
    pub fn respond(&mut self, request: &ApiRequest, now_ms: i64) -> ApiResponse {
        let route = Route::new(request);
        let fault = self.options.faults.next(route.kind, &mut self.chance);
        if fault == Some(ApiFault::TokenExpired) {
            self.tokens.expire_all();
        }
        let correlation = self.chance.id().to_string();
        let mut response = self.handle(&route, request, fault.as_ref(), now_ms, &correlation);
        response.headers.push(("ININ-Correlation-Id", correlation));
        self.log.add(route.kind, route.conversations(), now_ms, response.status);
        self.options.faults.apply(fault.as_ref(), &mut response, &mut self.chance);
        response
    }

    /// The requests so far.
    pub const fn log(&self) -> &RequestLog {
        &self.log
    }

    /// Replaces the faults.
    pub fn set_faults(&mut self, faults: ApiFaults) {
        self.chance = Chance::new(faults.seed, Part::Api);
        self.options.faults = faults;
    }

    /// Sets [`ApiOptions::as_of_ms`].
    pub const fn set_as_of(&mut self, as_of_ms: Option<i64>) {
        self.options.as_of_ms = as_of_ms;
    }

    fn handle(
        &mut self,
        route: &Route,
        request: &ApiRequest,
        fault: Option<&ApiFault>,
        now: i64,
        correlation: &str,
    ) -> ApiResponse {
        if let Some(ApiFault::Status { status }) = fault {
            return Refusal::with_status(*status).response(correlation);
        }
        if route.kind == RequestKind::Token {
            return self.tokens.issue(request, now, &mut self.chance);
        }
        let usage = match self.tokens.count(request, now) {
            Ok(usage) => usage,
            Err(refusal) => return refusal.response(correlation),
        };
        let body = self.check_limits(fault, &usage, now).and_then(|()| {
            let as_of = self.options.as_of_ms.map_or(now, |as_of| as_of.min(now));
            let (contents, faults) = (&self.archive.lock(), &self.options.faults);
            Lookup { contents, faults, as_of }.body(route, request)
        });
        let mut response = match body {
            Ok(body) => ApiResponse::json(200, body),
            Err(refusal) => refusal.response(correlation),
        };
        response.headers.extend(usage.headers);
        response
    }

    fn check_limits(
        &self,
        fault: Option<&ApiFault>,
        usage: &MinuteUsage,
        now: i64,
    ) -> Result<(), Refusal> {
        let wait_s = match fault {
            Some(ApiFault::Throttled { seconds }) => Some(*seconds),
            _ => self.options.faults.throttled_for(now).or(usage.retry_after),
        };
        wait_s.map_or(Ok(()), |seconds| Err(Refusal::too_many_requests(seconds)))
    }
}
