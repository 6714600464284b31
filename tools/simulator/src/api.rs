//! A stand-in for the Genesys Cloud Platform API: requests in, answers out, over an archive.
//!
//! It is pure: a request and the time give the answer, and a server only carries them. Its limits
//! and errors are Genesys' as far as they are documented; what is assumed is marked so.

mod answers;
mod asked;
mod details_query;
mod faults;
mod lists;
mod message;
mod refusal;
mod route;
mod tokens;

pub use asked::{Asked, AskedRequest};
pub use faults::{ApiFaults, Fault, Planned, Throttled};
pub use message::{ApiRequest, ApiResponse};
pub use route::Kind as RequestKind;

use crate::Archive;
use crate::chance::{Chance, Part};
use refusal::Refusal;
use route::Route;
use tokens::{Spent, Tokens};

/// How the stand-in behaves.
#[derive(Clone, Debug)]
pub struct ApiOptions {
    /// Who may have tokens.
    pub client_id: String,
    /// The client's password.
    pub client_secret: String,
    /// Requests per minute and token. Default: 300, as Genesys documents.
    pub limit_per_minute: u32,
    /// How long a token is good, in seconds. Default: a day.
    pub token_seconds: u32,
    /// Answers as of this time in ms since 1970, at the latest; else as of the time of the request.
    pub as_of_ms: Option<i64>,
    /// What goes wrong.
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
    asked: Asked,
    chance: Chance,
}

/// What is sent back, before anything happens to it on its way.
struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Api {
    /// A stand-in that answers with what an archive has.
    pub fn new(archive: Archive, options: ApiOptions) -> Self {
        let tokens = Tokens::new(&options);
        let chance = Chance::new(options.faults.seed, Part::Api);
        Self { archive, options, tokens, asked: Asked::default(), chance }
    }

    /// Answers a request that comes at a time, in ms since 1970, which must not go backwards.
    pub fn answer(&mut self, request: &ApiRequest, now_ms: i64) -> ApiResponse {
        let route = Route::of(request);
        let fault = self.options.faults.next(route.kind(), &mut self.chance);
        if fault == Some(Fault::TokenExpired) {
            self.expire_tokens();
        }
        let correlation = self.chance.id().to_string();
        let mut answer = self.judge(&route, request, fault.as_ref(), now_ms, &correlation);
        answer.headers.push(("ININ-Correlation-Id", correlation));
        self.asked.note(route.kind(), route.ids(), now_ms, answer.status);
        self.options.faults.deliver(answer, fault.as_ref(), &mut self.chance)
    }

    /// What was asked so far.
    pub const fn asked(&self) -> &Asked {
        &self.asked
    }

    /// Lets other things go wrong from now on.
    pub fn set_faults(&mut self, faults: ApiFaults) {
        self.chance = Chance::new(faults.seed, Part::Api);
        self.options.faults = faults;
    }

    /// Makes every token that was given out useless.
    pub fn expire_tokens(&mut self) {
        self.tokens.expire_all();
    }

    /// Answers as of this time in ms since 1970 at the latest; with nothing, as of each request.
    pub const fn answer_as_of(&mut self, as_of_ms: Option<i64>) {
        self.options.as_of_ms = as_of_ms;
    }

    fn judge(
        &mut self,
        route: &Route,
        request: &ApiRequest,
        fault: Option<&Fault>,
        now: i64,
        correlation: &str,
    ) -> Answer {
        if let Some(Fault::Status { status }) = fault {
            return Refusal::of_status(*status).answer(correlation);
        }
        if *route == Route::Token {
            return self.tokens.issue(request, now, &mut self.chance);
        }
        let spent = match self.tokens.spend(request, now) {
            Ok(spent) => spent,
            Err(refusal) => return refusal.answer(correlation),
        };
        let allowed = self.admit(fault, &spent, now);
        let answered = allowed.and_then(|()| self.look_up(route, request, now));
        let mut answer = match answered {
            Ok(body) => Answer { status: 200, headers: vec![message::json()], body },
            Err(refusal) => refusal.answer(correlation),
        };
        answer.headers.extend(spent.headers());
        answer
    }

    /// Lets a request pass that keeps the limits.
    fn admit(&self, fault: Option<&Fault>, spent: &Spent, now: i64) -> Result<(), Refusal> {
        let once = match fault {
            Some(Fault::Throttled { seconds }) => Some(*seconds),
            _ => None,
        };
        let wait =
            once.or_else(|| self.options.faults.throttled_for(now)).or_else(|| spent.excess());
        wait.map_or(Ok(()), |seconds| Err(Refusal::too_many(seconds)))
    }

    fn as_of(&self, now: i64) -> i64 {
        self.options.as_of_ms.map_or(now, |as_of| as_of.min(now))
    }
}
