//! The Platform API until the deadline of a run.

use crate::rate_limiter::LedgerRateLimiter;
use headroom_genesys::api::{CallError, Calls, Client, Transport};
use headroom_genesys::budget::Denied;
use headroom_kpi::Millis;
use headroom_requests::Clock;
use headroom_tables::Documents;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// The client, whose requests all need a permit of the shared budget.
pub(crate) type BudgetedClient<T, D> = Client<T, LedgerRateLimiter<D>>;

/// A request that starts has at least this long.
const REQUEST_TIME_MIN: Duration = Duration::from_secs(3);

/// The Platform API until the deadline of a run.
pub(crate) struct Api<'a, T, D> {
    pub(crate) client: &'a BudgetedClient<T, D>,
    pub(crate) clock: &'a Clock,
    pub(crate) deadline: Instant,
}

impl<'a, T: Transport, D: Documents> Api<'a, T, D> {
    /// Sends a request, and returns its response with the time of the request. Waits for a permit
    /// that becomes free before the deadline: permits of the run before still count when this one
    /// starts a minute later, so that without waiting every other run would get none.
    pub(crate) async fn request<A>(
        &self,
        call: impl AsyncFn(&Calls<'a, T, LedgerRateLimiter<D>>) -> Result<A, CallError>,
    ) -> Result<(Millis, A), CallError> {
        loop {
            let requested_at = self.clock.now();
            let free_at = match self.request_now(&call).await {
                Err(CallError::Denied(Denied::RateLimited(free_at))) => free_at,
                result => return Ok((requested_at, result?)),
            };
            let wait = u64::try_from((free_at - self.clock.now()).0).unwrap_or_default();
            let wait = Duration::from_millis(wait.max(1));
            if !self.has_time_after(wait) {
                return Err(CallError::Denied(Denied::RateLimited(free_at)));
            }
            sleep(wait).await;
        }
    }

    /// Sends a request if there is time and a permit for it now.
    pub(crate) async fn request_now<A>(
        &self,
        call: &impl AsyncFn(&Calls<'a, T, LedgerRateLimiter<D>>) -> Result<A, CallError>,
    ) -> Result<A, CallError> {
        if !self.has_time_after(Duration::ZERO) {
            return Err(CallError::DeadlineExceeded);
        }
        call(&self.client.with_deadline(self.deadline)).await
    }

    fn has_time_after(&self, wait: Duration) -> bool {
        Instant::now() + wait + REQUEST_TIME_MIN <= self.deadline
    }
}
