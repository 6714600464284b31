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
pub use meter::{Jitter, Meter, Pause};
pub use transport::BODY_BYTES_MAX;
pub use transport::{ContentType, Host, Method, Request, Response, Transport, TransportError};

use std::fmt;
use token::TokenCache;
use tokio::time::Instant;

/// A client of the Platform API with its credentials. Shared by all that one process does.
pub struct Client<T, M, P> {
    transport: T,
    meter: M,
    pause: P,
    credentials: Credentials,
    token: TokenCache,
}

/// What one invocation may ask, until its deadline.
pub struct Calls<'a, T, M, P> {
    client: &'a Client<T, M, P>,
    deadline: Instant,
}

impl<T: Transport, M: Meter, P: Pause> Client<T, M, P> {
    /// A client that has no token yet.
    pub fn new(transport: T, meter: M, pause: P, credentials: Credentials) -> Self {
        Self { transport, meter, pause, credentials, token: TokenCache::default() }
    }

    /// Calls that end by a deadline: none waits or runs beyond it.
    pub fn with_deadline(&self, deadline: impl Into<Instant>) -> Calls<'_, T, M, P> {
        Calls { client: self, deadline: deadline.into() }
    }
}

impl<T, M, P> fmt::Debug for Client<T, M, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("credentials", &self.credentials).finish_non_exhaustive()
    }
}
