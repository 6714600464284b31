//! The one way to the Genesys Cloud Platform API.
//!
//! Every request, those for access tokens and repetitions included, has a grant of the budget: a
//! [`Meter`] is asked first, and the request goes out at once or not at all
//! ([`GRANT_USE_MAX`](crate::budget::GRANT_USE_MAX)). What each answer says about the budget goes
//! back to it.
//!
//! A [`Client`] lives as long as the process and keeps the access token; [`Client::with_deadline`]
//! gives the [`Calls`] of one invocation.
//!
//! What is tried again, never past the deadline, each time with a grant of its own:
//!
//! | answer | |
//! | --- | --- |
//! | 502, 503, 504, no connection, no answer in time, an answer that cannot be read | at most 4 attempts, exponential pauses with full jitter between them |
//! | 500 | of those, at most 2 |
//! | 401 | once, with a new token |
//! | 429 | never: the ledger waits |
//! | everything else, TLS that cannot be trusted | never |

mod answer;
mod call;
mod credentials;
mod endpoints;
mod entities;
mod error;
mod http;
mod meter;
mod token;
mod transport;

pub use crate::budget::{Denied, Purpose, Seen};
pub use credentials::Credentials;
pub use endpoints::PAGE_SIZE;
pub use entities::{
    Conversations, Division, MediaSettings, Member, Page, Queue, ServiceLevel, User,
};
pub use error::{CallError, Fault, Said};
pub use http::{AddressError, HttpTransport};
pub use meter::Meter;
pub use transport::BODY_BYTES_MAX;
pub use transport::{ContentType, Host, Method, Request, Response, Transport, TransportError};

use headroom_requests::RetryPolicy;
use std::fmt;
use std::time::Duration;
use token::TokenCache;
use tokio::time::Instant;

/// A client of the Platform API with its credentials. Shared by all that one process does.
pub struct Client<T, M> {
    transport: T,
    meter: M,
    retry: RetryPolicy,
    credentials: Credentials,
    token: TokenCache,
}

/// What one invocation may ask, until its deadline.
pub struct Calls<'a, T, M> {
    client: &'a Client<T, M>,
    deadline: Instant,
}

/// How long to wait between attempts of a request.
pub const RETRY_POLICY: RetryPolicy =
    RetryPolicy::new(Duration::from_secs(1), Duration::from_secs(8));

impl<T: Transport, M: Meter> Client<T, M> {
    /// A client that has no token yet. `retry` is [`RETRY_POLICY`] but in tests.
    pub fn new(transport: T, meter: M, retry: RetryPolicy, credentials: Credentials) -> Self {
        Self { transport, meter, retry, credentials, token: TokenCache::default() }
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
