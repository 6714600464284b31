//! One request, tried as often as makes sense.

use super::error::{AttemptError, CallError, TransportError};
use super::permit::{PermittedRequest, REQUEST_TIME_MIN, time_left};
use super::request::{Request, Response};
use super::response::{
    RetryDecision, classify_response, classify_transport_error, plain_word, rate_limit_info,
};
use super::transport::Transport;
use crate::budget::{Purpose, RateLimiter};
use headroom_requests::{RetryPolicy, now};
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// Attempts of a request. The README of Genesys' examples has more, over minutes that an invocation
/// does not have.
const ATTEMPTS_MAX: u32 = 4;

/// Those of them that end with status 500, which does not say whether another one can help.
const SERVER_ERRORS_MAX: u32 = 2;

/// How long a response is waited for: Genesys gives up earlier.
const REQUEST_TIME_MAX: Duration = Duration::from_secs(30);

/// What every request needs: the way to Genesys, the budget, and the waits between attempts.
pub(super) struct Sender<T, L> {
    pub(super) transport: T,
    pub(super) rate_limiter: L,
    pub(super) retry: RetryPolicy,
}

/// The attempts of a request until a deadline.
pub(super) struct Attempts {
    purpose: Purpose,
    deadline: Instant,
    count: u32,
    max: u32,
    server_errors: u32,
}

impl Attempts {
    pub(super) const fn new(purpose: Purpose, deadline: Instant) -> Self {
        Self { purpose, deadline, count: 0, max: ATTEMPTS_MAX, server_errors: 0 }
    }

    /// Allows one more, for a new token.
    pub(super) const fn allow_one_more(&mut self) {
        self.max += 1;
    }

    /// Whether there may be another attempt after an error.
    fn may_follow(&mut self, error: &AttemptError) -> bool {
        let is_server_error = matches!(error, AttemptError::Rejected(info) if info.status == 500);
        self.server_errors += u32::from(is_server_error);
        self.count < self.max && self.server_errors < SERVER_ERRORS_MAX
    }
}

impl<T: Transport, L: RateLimiter> Sender<T, L> {
    /// Sends a request until there is a response that `read` can read, or another attempt makes no
    /// sense. `read` also gets the time at which the request was sent.
    pub(super) async fn exchange<A>(
        &self,
        attempts: &mut Attempts,
        request: &Request,
        read: impl Fn(&[u8], Instant) -> Option<A> + Send,
    ) -> Result<A, CallError> {
        let purpose = attempts.purpose.as_str();
        loop {
            let (sent_at, response) = self.attempt(attempts, request).await?;
            let error = match result(request, response, |body| read(body, sent_at)) {
                Ok(result) => return Ok(result),
                Err(RetryDecision::Fail(error)) => {
                    tracing::warn!(purpose, %error, "Genesys request failed");
                    return Err(error);
                }
                Err(RetryDecision::Retry(error)) => error,
            };
            let attempt = attempts.count;
            tracing::warn!(purpose, attempt, %error, "Genesys request attempt failed");
            if !attempts.may_follow(&error) {
                let is_timeout = error.is_timeout();
                return Err(if is_timeout {
                    CallError::TimedOut
                } else {
                    CallError::Failed(error)
                });
            }
            self.wait_after(attempts, &error).await?;
        }
    }

    /// Sends a request with a permit, and passes on to the budget what the response says about it.
    async fn attempt(
        &self,
        attempts: &mut Attempts,
        request: &Request,
    ) -> Result<(Instant, Result<Response, TransportError>), CallError> {
        let Attempts { purpose, deadline, .. } = *attempts;
        let permitted =
            PermittedRequest::acquire(&self.rate_limiter, purpose, request.clone(), deadline);
        let permitted = permitted.await?;
        let (sent_at, within) = (Instant::now(), time_left(deadline)?.min(REQUEST_TIME_MAX));
        attempts.count += 1;
        let response = timeout(within, self.transport.send(permitted, within)).await;
        let response = response.unwrap_or(Err(TransportError::TimedOut));
        if let Ok(response) = &response {
            log(purpose, response);
            self.rate_limiter.observe(rate_limit_info(response, request.host, now())).await;
        }
        match response {
            // It was the deadline, not Genesys.
            Err(TransportError::TimedOut) if within < REQUEST_TIME_MAX => {
                Err(CallError::DeadlineExceeded)
            }
            response => Ok((sent_at, response)),
        }
    }

    /// Waits before the next attempt, if there is time for both.
    async fn wait_after(&self, attempts: &Attempts, error: &AttemptError) -> Result<(), CallError> {
        let delay_max = self.retry.max_delay_after(attempts.count);
        let time = attempts.deadline.saturating_duration_since(Instant::now());
        if time < delay_max + REQUEST_TIME_MIN {
            let is_timeout = error.is_timeout();
            return Err(if is_timeout { CallError::TimedOut } else { CallError::DeadlineExceeded });
        }
        self.retry.wait_after(attempts.count).await;
        Ok(())
    }
}

/// The result in a response, or what to do without one.
fn result<A>(
    request: &Request,
    response: Result<Response, TransportError>,
    read: impl Fn(&[u8]) -> Option<A>,
) -> Result<A, RetryDecision> {
    let response = response.map_err(classify_transport_error)?;
    match response.status {
        200..=299 => {
            read(&response.body).ok_or(RetryDecision::Retry(AttemptError::InvalidResponse))
        }
        _ => Err(classify_response(&response, request.host, now())),
    }
}

fn log(purpose: Purpose, response: &Response) {
    tracing::debug!(
        purpose = purpose.as_str(),
        status = response.status,
        allowed = response.allowed,
        count = response.count,
        reset_s = response.reset,
        correlation = plain_word(response.correlation.clone()),
        "Genesys responded"
    );
}
