//! Refused requests, with Genesys' error body.

use super::message::ApiResponse;
use crate::json::Object;
use std::fmt::Display;

/// Why a request is refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    status: u16,
    code: &'static str,
    message: String,
    retry_after: Option<u32>,
}

impl Refusal {
    fn new(status: u16, code: &'static str, message: impl Display) -> Self {
        Self { status, code, message: message.to_string(), retry_after: None }
    }

    pub(super) fn bad_request(message: impl Display) -> Self {
        Self::new(400, "bad.request", message)
    }

    pub(super) fn not_found(object: impl Display) -> Self {
        Self::new(404, "not.found", format_args!("{object} was not found"))
    }

    pub(super) fn unauthorized() -> Self {
        Self::new(401, "bad.credentials", "Invalid login credentials.")
    }

    /// The rate limit; the message is the one that Genesys documents.
    pub(super) fn too_many_requests(seconds: u32) -> Self {
        let message =
            format!("Rate limit exceeded the maximum. Retry the request in [{seconds}] seconds");
        let refusal = Self::new(429, "too.many.requests.retry.after", message);
        Self { retry_after: Some(seconds), ..refusal }
    }

    /// The refusal of a planned or random fault.
    pub(super) fn with_status(status: u16) -> Self {
        let (code, message) = match status {
            400 => ("bad.request", "The request could not be understood by the server"),
            401 => return Self::unauthorized(),
            403 => ("missing.any.permissions", "Unable to perform the requested action"),
            413 => ("request.entity.too.large", "The request is over the size limit"),
            414 => ("request.uri.too.long", "The URI is too long"),
            500 => ("internal.server.error", "The server encountered an unexpected condition"),
            502 => ("bad.gateway", "Bad gateway"),
            503 => ("service.unavailable", "Service Unavailable"),
            504 => ("gateway.timeout", "The request timed out."),
            _ => ("simulated.fault", "Simulated fault"),
        };
        Self::new(status, code, message)
    }

    pub(super) fn response(self, correlation: &str) -> ApiResponse {
        let body = Object::default()
            .with("message", &self.message)
            .with("code", self.code)
            .with("status", self.status)
            .with("contextId", correlation)
            .with("details", [(); 0])
            .with("errors", [(); 0]);
        let mut response = ApiResponse::json(self.status, body.into_bytes());
        let retry_after = self.retry_after.map(|seconds| ("Retry-After", seconds.to_string()));
        response.headers.extend(retry_after);
        response
    }
}
