//! A client of the Platform API.

use super::credentials::Credentials;
use super::token::TokenCache;
use super::transport::Transport;
use crate::budget::RateLimiter;
use headroom_requests::RetryPolicy;
use std::fmt;
use std::time::Duration;
use tokio::time::Instant;

/// A client of the Platform API with its credentials. Shared by all that one process does.
pub struct Client<T, M> {
    pub(super) transport: T,
    pub(super) rate_limiter: M,
    pub(super) retry: RetryPolicy,
    pub(super) credentials: Credentials,
    pub(super) token: TokenCache,
}

/// What one invocation may ask, until its deadline.
pub struct Calls<'a, T, M> {
    pub(super) client: &'a Client<T, M>,
    pub(super) deadline: Instant,
}

/// How long to wait between attempts of a request.
pub const RETRY_POLICY: RetryPolicy =
    RetryPolicy::new(Duration::from_secs(1), Duration::from_secs(8));

impl<T: Transport, M: RateLimiter> Client<T, M> {
    /// A client that has no token yet. `retry` is [`RETRY_POLICY`] but in tests.
    pub fn new(
        transport: T,
        rate_limiter: M,
        retry: RetryPolicy,
        credentials: Credentials,
    ) -> Self {
        Self { transport, rate_limiter, retry, credentials, token: TokenCache::default() }
    }

    /// Calls that end by a deadline: none waits or runs beyond it.
    pub fn with_deadline(&self, deadline: impl Into<Instant>) -> Calls<'_, T, M> {
        Calls { client: self, deadline: deadline.into() }
    }
}

impl<T, M> fmt::Debug for Client<T, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("credentials", &self.credentials).finish_non_exhaustive()
    }
}
