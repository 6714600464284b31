//! The client of the Genesys Cloud Platform API.
//!
//! Every request needs a permit of the budget, those for access tokens and further attempts
//! included: the client asks a [`RateLimiter`](crate::budget::RateLimiter) first, and sends the
//! request at once or not at all ([`PERMIT_USE_MAX`](crate::budget::PERMIT_USE_MAX)). It passes on
//! to the budget what each response says about it.
//!
//! A [`Client`] lives as long as the process and keeps the access token; [`Client::with_deadline`]
//! gives the [`Calls`] of one invocation.
//!
//! What is tried again, never past the deadline, and each time with a permit of its own:
//!
//! | response | attempts |
//! | --- | --- |
//! | 502, 503, 504, no connection, none in time, or one that cannot be read | at most 4, with exponential backoff and full jitter |
//! | 500 | of those, at most 2 |
//! | 401 | one more, with a new token |
//! | 429 | no more: the budget waits |
//! | any other, or TLS that cannot be trusted | no more |

mod agents;
mod call;
mod client;
mod credentials;
mod endpoints;
mod entities;
mod error;
mod http;
mod permit;
mod request;
mod response;
mod token;
mod transport;

pub use agents::{PresenceChange, QueueMember, QueueMembers, RoutingChange, UserChanges};
pub use client::{Calls, Client, RETRY_POLICY};
pub use credentials::Credentials;
pub use endpoints::PAGE_SIZE;
pub use entities::{Conversations, Division, MediaSettings, Page, Queue, ServiceLevel};
pub use error::{ApiErrorInfo, AttemptError, CallError, TransportError};
pub use http::{AddressError, HttpTransport};
pub use permit::PermittedRequest;
pub use request::{BODY_BYTES_MAX, Host, Request, Response};
pub use transport::Transport;
