//! Permission to send one request.

use super::error::CallError;
use super::request::Request;
use crate::budget::{Denied, PERMIT_USE_MAX, Purpose, RateLimiter};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// From being handed a request until it is sent, for the transport.
pub(super) const SEND_TIME_MAX: Duration = Duration::from_secs(3);

/// From asking for a permit until the transport is handed the request: the rest of
/// [`PERMIT_USE_MAX`].
const PERMIT_AGE_MAX: Duration = PERMIT_USE_MAX.saturating_sub(SEND_TIME_MAX);

/// An attempt is not started with less time than this before the deadline.
pub(super) const REQUEST_TIME_MIN: Duration = Duration::from_secs(1);

/// How many permits of one attempt may come too late. The budget's store is too slow then, and
/// each of them is spent for nothing.
const LATE_PERMITS_MAX: u32 = 3;

/// A request that the budget has a permit for, once. A [`Transport`](super::Transport) sends
/// nothing else, and only the client can make one, so that no request passes the budget by:
///
/// ```compile_fail,E0451
/// # use headroom_genesys::api::{PermittedRequest, Request};
/// fn without_permit(request: Request) -> PermittedRequest {
///     PermittedRequest { request }
/// }
/// ```
///
/// A transport takes the request out to send it:
///
/// ```
/// # use headroom_genesys::api::{PermittedRequest, Request};
/// fn sent(permitted: PermittedRequest) -> Request {
///     permitted.into_request()
/// }
/// ```
#[derive(Debug)]
pub struct PermittedRequest {
    request: Request,
}

impl PermittedRequest {
    /// Waits for a permit that can be used at once. One that comes too late is not used.
    pub(super) async fn acquire(
        rate_limiter: &impl RateLimiter,
        purpose: Purpose,
        request: Request,
        deadline: Instant,
    ) -> Result<Self, CallError> {
        for _ in 0..LATE_PERMITS_MAX {
            time_left(deadline)?;
            let start = Instant::now();
            let permit = timeout_at(deadline, rate_limiter.acquire(purpose)).await;
            permit.map_err(|_| CallError::DeadlineExceeded)??;
            if start.elapsed() <= PERMIT_AGE_MAX {
                return Ok(Self { request });
            }
            tracing::warn!(
                purpose = purpose.as_str(),
                "the budget gave a permit too late to be used"
            );
        }
        Err(Denied::Unavailable("it takes too long".to_owned()).into())
    }

    /// The request, to be sent at once and once.
    pub fn into_request(self) -> Request {
        self.request
    }

    /// A request without a permit, for tests of a transport.
    #[cfg(test)]
    pub(super) fn for_test(request: Request) -> Self {
        Self { request }
    }
}

/// The time until a deadline, if there is enough for an attempt.
pub(super) fn time_left(deadline: Instant) -> Result<Duration, CallError> {
    let time = deadline.saturating_duration_since(Instant::now());
    if time < REQUEST_TIME_MIN { Err(CallError::DeadlineExceeded) } else { Ok(time) }
}
