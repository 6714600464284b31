//! Refusals, with Genesys' error body.

use super::{Answer, message};
use crate::json::Object;
use std::fmt::Display;

/// Why there is no answer.
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

    pub(super) fn bad(message: impl Display) -> Self {
        Self::new(400, "bad.request", message)
    }

    pub(super) fn not_found(what: impl Display) -> Self {
        Self::new(404, "not.found", format_args!("{what} was not found"))
    }

    pub(super) fn unauthorized() -> Self {
        Self::new(401, "bad.credentials", "Invalid login credentials.")
    }

    /// The limit, word for word as announced for all answers with 429.
    pub(super) fn too_many(seconds: u32) -> Self {
        let message =
            format!("Rate limit exceeded the maximum. Retry the request in [{seconds}] seconds");
        let refusal = Self::new(429, "too.many.requests.retry.after", message);
        Self { retry_after: Some(seconds), ..refusal }
    }

    /// A fault of the service, on demand.
    pub(super) fn of_status(status: u16) -> Self {
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

    pub(super) fn answer(self, correlation: &str) -> Answer {
        let mut body = Object::new();
        body.text("message", &self.message).text("code", self.code);
        body.int("status", i64::from(self.status)).text("contextId", correlation);
        body.objects("details", []);
        body.objects("errors", []);
        let retry_after = self.retry_after.map(|seconds| ("Retry-After", seconds.to_string()));
        let headers = std::iter::once(message::json()).chain(retry_after).collect();
        Answer { status: self.status, headers, body: body.close() }
    }
}
