//! The one way to the Genesys Cloud Platform API.
//!
//! Every request, those for access tokens and repetitions included, has a grant of the budget: a
//! [`RateLimiter`](crate::budget::RateLimiter) is asked first, and the request goes out at once or not at all
//! ([`PERMIT_USE_MAX`](crate::budget::PERMIT_USE_MAX)). What each answer says about the budget goes
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

#[cfg(feature = "client")]
mod call;
#[cfg(feature = "client")]
mod client;
#[cfg(feature = "client")]
mod credentials;
pub mod details;
#[cfg(feature = "client")]
mod endpoints;
#[cfg(feature = "client")]
mod entities;
#[cfg(feature = "client")]
mod error;
#[cfg(feature = "client")]
mod http;
#[cfg(feature = "client")]
mod response;
#[cfg(feature = "client")]
mod token;
#[cfg(feature = "client")]
mod transport;

#[cfg(feature = "client")]
pub use self::{
    client::{Calls, Client, RETRY_POLICY},
    credentials::Credentials,
    endpoints::PAGE_SIZE,
    entities::{Conversations, Division, MediaSettings, Member, Page, Queue, ServiceLevel, User},
    error::{ApiErrorInfo, AttemptError, CallError},
    http::{AddressError, HttpTransport},
    transport::{
        BODY_BYTES_MAX, ContentType, Host, Method, Request, Response, Transport, TransportError,
    },
};
