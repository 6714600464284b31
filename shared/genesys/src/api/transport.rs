//! The way to Genesys.

use super::error::TransportError;
use super::permit::PermittedRequest;
use super::request::Response;
use std::time::Duration;

/// A way to Genesys.
pub trait Transport: Send + Sync {
    /// Sends a request now, and waits no longer than `within` for the response.
    fn send(
        &self,
        request: PermittedRequest,
        within: Duration,
    ) -> impl Future<Output = Result<Response, TransportError>> + Send;
}
