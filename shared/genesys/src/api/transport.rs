//! How a request gets to Genesys and its answer back.

use std::fmt;
use std::time::Duration;

/// The largest answer that is read: a hundred conversations of 300 kB.
pub const BODY_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Which host a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// The Platform API.
    Api,
    /// Where access tokens come from.
    Login,
}

/// The method of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Asks with a body.
    Post,
}

/// The kind of a request's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentType {
    /// A query.
    Json,
    /// The demand for a token.
    Form,
}

impl ContentType {
    /// The value of the header.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Form => "application/x-www-form-urlencoded",
        }
    }
}

/// A request. Its `Debug` form hides the authorization and the body.
#[derive(Clone)]
pub struct Request {
    /// Which host it is for.
    pub host: Host,
    /// The method.
    pub method: Method,
    /// The path, with its query.
    pub path: String,
    /// The value of the header `Authorization`.
    pub authorization: String,
    /// The body and its kind.
    pub body: Option<(ContentType, Vec<u8>)>,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Request");
        shown.field("host", &self.host).field("method", &self.method).field("path", &self.path);
        shown.finish_non_exhaustive()
    }
}

/// An answer. Its `Debug` form shows the status alone: the body may be a token.
#[derive(Clone, Default)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// `Retry-After`, in seconds.
    pub retry_after: Option<u64>,
    /// `inin-ratelimit-allowed`: requests that the token may have per minute.
    pub allowed: Option<u32>,
    /// `inin-ratelimit-count`: requests in the present window.
    pub count: Option<u32>,
    /// `inin-ratelimit-reset`: seconds until the window ends.
    pub reset: Option<u32>,
    /// `inin-correlation-id`: what Genesys' support asks for.
    pub correlation: Option<String>,
    /// The body, at most [`BODY_BYTES_MAX`].
    pub body: Vec<u8>,
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response").field("status", &self.status).finish_non_exhaustive()
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// Not in the time it was given.
    #[error("no answer in time")]
    TimedOut,
    /// The answer has more than [`BODY_BYTES_MAX`].
    #[error("the answer is larger than {BODY_BYTES_MAX} bytes")]
    TooLarge,
    /// No connection that can be trusted; trying again would not help.
    #[error("no trusted connection: {0}")]
    Untrusted(String),
    /// No connection, or one that broke.
    #[error("no connection: {0}")]
    Broken(String),
}

/// A way to Genesys.
pub trait Transport: Send + Sync {
    /// Sends a request now, and waits for its answer no longer than `within`.
    fn send(
        &self,
        request: Request,
        within: Duration,
    ) -> impl Future<Output = Result<Response, TransportError>> + Send;
}
