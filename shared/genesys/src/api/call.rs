//! One request, tried as often as makes sense.

use super::client::Calls;
use super::error::{AttemptError, CallError};
use super::response::{RetryDecision, judge, judge_silence, seen, word};
use super::transport::{Request, Response, Transport, TransportError};
use crate::budget::RateLimiter;
use crate::budget::{Denied, PERMIT_USE_MAX, Purpose};
use headroom_kpi::Millis;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::{Instant, timeout, timeout_at};

/// Attempts for one answer; the README of Genesys' examples has more, over minutes that an
/// invocation does not have.
const ATTEMPTS_MAX: u32 = 4;

/// Of those, answers 500: they do not say whether another attempt can help.
const SERVER_ERRORS_MAX: u32 = 2;

/// No answer comes later: Genesys gives up on its own before.
const REQUEST_TIME_MAX: Duration = Duration::from_secs(30);

/// With less time than this left, nothing is begun.
const REQUEST_TIME_MIN: Duration = Duration::from_secs(1);

/// From asking for a grant until the request is handed on. What is left of [`PERMIT_USE_MAX`] is
/// for connecting and sending (`http.rs`).
const GRANT_AGE_MAX: Duration = PERMIT_USE_MAX.saturating_sub(super::http::SEND_TIME_MAX);

/// Grants that came too late for one attempt: the ledger is ill then, and each is spent.
const LATE_GRANTS_MAX: u32 = 3;

/// The attempts for one answer.
pub(super) struct Tries {
    attempts: u32,
    allowed: u32,
    server_errors: u32,
}

impl Tries {
    pub(super) const fn new() -> Self {
        Self { attempts: 0, allowed: ATTEMPTS_MAX, server_errors: 0 }
    }

    /// One more, for a new token.
    pub(super) const fn allow_one_more(&mut self) {
        self.allowed += 1;
    }

    /// True if there may be another attempt after this fault.
    fn again(&mut self, fault: &AttemptError) -> bool {
        let server_error = matches!(fault, AttemptError::Rejected(said) if said.status == 500);
        self.server_errors += u32::from(server_error);
        self.attempts < self.allowed && self.server_errors < SERVER_ERRORS_MAX
    }
}

impl<T: Transport, M: RateLimiter> Calls<'_, T, M> {
    /// Sends a request until there is an answer that can be read, or no sense in going on.
    /// `read` also gets when the request was sent.
    pub(super) async fn exchange<A>(
        &self,
        purpose: Purpose,
        request: &Request,
        tries: &mut Tries,
        read: impl Fn(&[u8], Instant) -> Option<A> + Send,
    ) -> Result<A, CallError> {
        loop {
            let (sent, answer) = self.attempt(purpose, request, tries).await?;
            let fault = match verdict(request, answer, |body| read(body, sent)) {
                Ok(answer) => return Ok(answer),
                Err(RetryDecision::Fail(error)) => {
                    tracing::warn!(purpose = purpose.as_str(), %error, "request failed");
                    return Err(error);
                }
                Err(RetryDecision::Retry(fault)) => fault,
            };
            tracing::warn!(purpose = purpose.as_str(), attempt = tries.attempts, %fault,
                "attempt failed");
            if !tries.again(&fault) {
                return Err(gave_up(fault));
            }
            self.wait_after(tries.attempts, &fault).await?;
        }
    }

    /// Gets a grant and sends a request, and tells the budget what came of it.
    async fn attempt(
        &self,
        purpose: Purpose,
        request: &Request,
        tries: &mut Tries,
    ) -> Result<(Instant, Result<Response, TransportError>), CallError> {
        self.grant(purpose).await?;
        let (sent, left) = (Instant::now(), self.time_left()?);
        tries.attempts += 1;
        let within = left.min(REQUEST_TIME_MAX);
        let sending = self.client.transport.send(request.clone(), within);
        let answer = timeout(within, sending).await.unwrap_or(Err(TransportError::TimedOut));
        if let Ok(response) = &answer {
            note(purpose, response);
            self.client.rate_limiter.observe(seen(response, request.host, now())).await;
        }
        match answer {
            // It was the deadline, not Genesys.
            Err(TransportError::TimedOut) if within < REQUEST_TIME_MAX => {
                Err(CallError::DeadlineExceeded)
            }
            answer => Ok((sent, answer)),
        }
    }

    /// A grant that can be used at once; one that took too long is thrown away.
    async fn grant(&self, purpose: Purpose) -> Result<(), CallError> {
        for _ in 0..LATE_GRANTS_MAX {
            self.time_left()?;
            let asked = Instant::now();
            let grant = timeout_at(self.deadline, self.client.rate_limiter.acquire(purpose));
            grant.await.map_err(|_| CallError::DeadlineExceeded)??;
            if asked.elapsed() <= GRANT_AGE_MAX {
                return Ok(());
            }
            tracing::warn!(purpose = purpose.as_str(), "a grant came too late to be used");
        }
        Err(Denied::Unavailable("it is too slow".to_owned()).into())
    }

    /// Waits before the next attempt, if there is time for both.
    async fn wait_after(&self, attempts: u32, fault: &AttemptError) -> Result<(), CallError> {
        let limit = self.client.retry.max_delay_after(attempts);
        if self.deadline.saturating_duration_since(Instant::now()) < limit + REQUEST_TIME_MIN {
            return Err(if is_late(fault) {
                CallError::TimedOut
            } else {
                CallError::DeadlineExceeded
            });
        }
        self.client.retry.wait_after(attempts).await;
        Ok(())
    }

    fn time_left(&self) -> Result<Duration, CallError> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left < REQUEST_TIME_MIN { Err(CallError::DeadlineExceeded) } else { Ok(left) }
    }
}

/// What an attempt came to.
fn verdict<A>(
    request: &Request,
    answer: Result<Response, TransportError>,
    read: impl Fn(&[u8]) -> Option<A>,
) -> Result<A, RetryDecision> {
    let response = answer.map_err(judge_silence)?;
    match response.status {
        200..=299 => {
            read(&response.body).ok_or(RetryDecision::Retry(AttemptError::InvalidResponse))
        }
        _ => Err(judge(&response, request.host, now())),
    }
}

/// The error after the last attempt.
fn gave_up(fault: AttemptError) -> CallError {
    if is_late(&fault) { CallError::TimedOut } else { CallError::Failed(fault) }
}

/// True if it took Genesys too long: asking for less can help.
fn is_late(fault: &AttemptError) -> bool {
    match fault {
        AttemptError::Rejected(said) => said.status == 504,
        AttemptError::Transport(error) => *error == TransportError::TimedOut,
        AttemptError::InvalidResponse | AttemptError::TooManyIds => false,
    }
}

fn note(purpose: Purpose, response: &Response) {
    tracing::debug!(
        purpose = purpose.as_str(),
        status = response.status,
        allowed = response.allowed,
        count = response.count,
        reset_s = response.reset,
        correlation = word(response.correlation.clone()),
        "answer"
    );
}

/// The time of this machine's clock.
pub(super) fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
