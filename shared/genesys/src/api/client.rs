//! A client of the Platform API, and the calls of one invocation.

use super::call::{Attempts, Sender};
use super::credentials::Credentials;
use super::error::CallError;
use super::request::{Host, Request};
use super::token::{Token, TokenCache};
use super::transport::Transport;
use crate::budget::{Purpose, RateLimiter};
use headroom_requests::RetryPolicy;
use serde::de::DeserializeOwned;
use std::fmt;
use std::time::Duration;
use tokio::time::Instant;

/// A client of the Platform API with its credentials, shared by all of a process.
pub struct Client<T, L> {
    sender: Sender<T, L>,
    credentials: Credentials,
    token: TokenCache,
}

/// The calls of one invocation, until its deadline.
pub struct Calls<'a, T, L> {
    client: &'a Client<T, L>,
    deadline: Instant,
}

/// How long to wait between attempts of a request.
pub const RETRY_POLICY: RetryPolicy =
    RetryPolicy::new(Duration::from_secs(1), Duration::from_secs(8));

impl<T: Transport, L: RateLimiter> Client<T, L> {
    /// A client without a token. `retry` is [`RETRY_POLICY`] except in tests.
    pub fn new(
        transport: T,
        rate_limiter: L,
        retry: RetryPolicy,
        credentials: Credentials,
    ) -> Self {
        let sender = Sender { transport, rate_limiter, retry };
        Self { sender, credentials, token: TokenCache::default() }
    }

    /// The rate limiter that every request needs a permit of.
    pub fn rate_limiter(&self) -> &L {
        &self.sender.rate_limiter
    }

    /// Calls that end by a deadline: none waits or runs beyond it.
    pub fn with_deadline(&self, deadline: impl Into<Instant>) -> Calls<'_, T, L> {
        Calls { client: self, deadline: deadline.into() }
    }
}

impl<T, L> fmt::Debug for Client<T, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("credentials", &self.credentials).finish_non_exhaustive()
    }
}

impl<T: Transport, L: RateLimiter> Calls<'_, T, L> {
    /// Calls the API with a token, and once more with a new one if that is refused.
    pub(super) async fn call<A: DeserializeOwned>(
        &self,
        purpose: Purpose,
        path: String,
        body: Option<Vec<u8>>,
    ) -> Result<A, CallError> {
        let sender = &self.client.sender;
        let mut token = self.token(None).await?;
        let authorization = format!("Bearer {token}");
        let mut request = Request { host: Host::Api, path, authorization, body };
        let mut attempts = Attempts::new(purpose, self.deadline);
        let read = |body: &[u8], _| serde_json::from_slice(body).ok();
        match sender.exchange(&mut attempts, &request, read).await {
            Err(CallError::NotAllowed(info)) if info.status == 401 => {
                token = self.token(Some(&token)).await?;
                request.authorization = format!("Bearer {token}");
                attempts.allow_one_more();
                sender.exchange(&mut attempts, &request, read).await
            }
            result => result,
        }
    }

    async fn token(&self, refused: Option<&str>) -> Result<String, CallError> {
        self.client.token.token(self.deadline, refused, self.login()).await
    }

    async fn login(&self) -> Result<Token, CallError> {
        let request = Request {
            host: Host::Login,
            path: "/oauth/token".to_owned(),
            authorization: self.client.credentials.basic(),
            body: Some(b"grant_type=client_credentials".to_vec()),
        };
        let mut attempts = Attempts::new(Purpose::Token, self.deadline);
        self.client.sender.exchange(&mut attempts, &request, Token::read).await
    }
}
