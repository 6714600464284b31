//! Requests to Genesys, and responses.

use std::fmt;

/// The largest response body that is read: a hundred conversations of 300 kB.
pub const BODY_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Which host a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// The Platform API.
    Api,
    /// Where access tokens come from.
    Login,
}

/// A request. Its `Debug` form hides the authorization and the body, which may be secret.
#[derive(Clone)]
pub struct Request {
    /// Which host it is for.
    pub host: Host,
    /// The path, with its query.
    pub path: String,
    /// The value of the header `Authorization`.
    pub authorization: String,
    /// The body, of a `POST` alone.
    pub body: Option<Vec<u8>>,
}

impl Request {
    /// `POST` with a body, `GET` without one.
    pub const fn method(&self) -> &'static str {
        if self.body.is_some() { "POST" } else { "GET" }
    }

    /// The type of the body: a query of the API, or the form of a login.
    pub const fn content_type(&self) -> &'static str {
        match self.host {
            Host::Api => "application/json",
            Host::Login => "application/x-www-form-urlencoded",
        }
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request {{ {} {:?} {}, .. }}", self.method(), self.host, self.path)
    }
}

/// A response. Its `Debug` form shows the status alone: the body may be a token.
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
