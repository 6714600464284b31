//! A Genesys and a rate limiter that do what a test says, and write down what happened.

use headroom_genesys::api::{
    Client, Credentials, Host, PermittedRequest, RETRY_POLICY, Request, Response, Transport,
    TransportError,
};
use headroom_genesys::budget::{Denied, Purpose, RateLimitInfo, RateLimiter};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::time::Instant;

/// A permit has to be used within this: the rest of `PERMIT_USE_MAX` is for sending.
const HANDED_ON_MAX: Duration = Duration::from_secs(2);

pub(crate) const SECRET: &str = "the-client-secret";
pub(crate) const TOKEN: &str = "the-access-token";

/// All three ports of a client.
#[derive(Clone, Default)]
pub(crate) struct Script(Arc<Mutex<State>>);

#[derive(Default)]
pub(crate) struct State {
    /// What the API answers, in order.
    answers: VecDeque<Step>,
    /// What logins answer, in order; after that, each gives a new token for an hour.
    logins: VecDeque<Step>,
    /// The permits of the budget, in order; after that, each is given at once.
    permits: VecDeque<(Duration, Result<(), Denied>)>,
    granted: Option<(Purpose, Instant)>,
    pub(crate) sent: Vec<Request>,
    pub(crate) acquired: Vec<Purpose>,
    pub(crate) rate_limits: Vec<RateLimitInfo>,
    pub(crate) sent_at: Vec<Instant>,
    tokens: u32,
}

/// An answer, after a while.
pub(crate) type Step = (Duration, Result<Response, TransportError>);

pub(crate) type ScriptedClient = Client<Script, Script>;

/// At once.
pub(crate) fn now(answer: Result<Response, TransportError>) -> Step {
    (Duration::ZERO, answer)
}

pub(crate) fn status(status: u16, body: &str) -> Step {
    now(Ok(Response { status, body: body.into(), ..Response::default() }))
}

pub(crate) fn broken() -> Step {
    now(Err(TransportError::Broken("connection reset".to_owned())))
}

/// A page of queues without queues.
pub(crate) fn good() -> Step {
    status(200, r#"{"entities":[],"pageCount":0,"pageNumber":1,"total":0}"#)
}

impl Script {
    pub(crate) fn new(answers: impl IntoIterator<Item = Step>) -> Self {
        let script = Self::default();
        script.state().answers = answers.into_iter().collect();
        script
    }

    pub(crate) fn logins(self, logins: impl IntoIterator<Item = Step>) -> Self {
        self.state().logins = logins.into_iter().collect();
        self
    }

    /// Permits, each after a while.
    pub(crate) fn permits(
        self,
        permits: impl IntoIterator<Item = (Duration, Result<(), Denied>)>,
    ) -> Self {
        self.state().permits = permits.into_iter().collect();
        self
    }

    pub(crate) fn client(&self) -> ScriptedClient {
        let credentials =
            Credentials { client_id: "the-client-id".to_owned(), client_secret: SECRET.to_owned() };
        Client::new(self.clone(), self.clone(), RETRY_POLICY.without_jitter(), credentials)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Requests to the API and to logins.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let state = self.state();
        let logins = state.sent.iter().filter(|request| request.host == Host::Login).count();
        (state.sent.len() - logins, logins)
    }

    fn answer(&self, request: &Request) -> Step {
        let mut state = self.state();
        match request.host {
            Host::Api => state.answers.pop_front().unwrap_or_else(|| panic!("{request:?}")),
            Host::Login => state.logins.pop_front().unwrap_or_else(|| {
                state.tokens += 1;
                let token = format!("{TOKEN}-{}", state.tokens);
                let body = format!(r#"{{"access_token":"{token}","expires_in":3600}}"#);
                status(200, &body)
            }),
        }
    }
}

impl Transport for Script {
    async fn send(
        &self,
        request: PermittedRequest,
        _: Duration,
    ) -> Result<Response, TransportError> {
        let request = request.into_request();
        let granted = self.state().granted.take();
        let (purpose, at) = granted.expect("a request without a permit");
        assert_eq!(purpose == Purpose::Token, request.host == Host::Login);
        assert!(at.elapsed() <= HANDED_ON_MAX, "a permit was used too late");
        let (after, answer) = self.answer(&request);
        self.state().sent_at.push(Instant::now());
        self.state().sent.push(request);
        tokio::time::sleep(after).await;
        answer
    }
}

impl RateLimiter for Script {
    async fn acquire(&self, purpose: Purpose) -> Result<(), Denied> {
        let start = Instant::now();
        let (after, permit) = self.state().permits.pop_front().unwrap_or((Duration::ZERO, Ok(())));
        tokio::time::sleep(after).await;
        let mut state = self.state();
        permit.map(|()| {
            state.acquired.push(purpose);
            state.granted = Some((purpose, start));
        })
    }

    async fn observe(&self, rate_limits: RateLimitInfo) {
        self.state().rate_limits.push(rate_limits);
    }
}

/// Far enough for everything.
pub(crate) fn in_an_hour() -> Instant {
    Instant::now() + Duration::from_hours(1)
}
