//! What a response or its absence means: for the budget, and for the next attempt.

use super::error::{ApiErrorInfo, AttemptError, CallError, TransportError};
use super::request::{Host, Response};
use crate::budget::{RateLimitInfo, retry_after_in};
use headroom_kpi::Millis;
use serde::Deserialize;

/// The longest code or id that is read from an error response.
const WORD_CHARS_MAX: usize = 100;

/// What to do after a failed attempt.
pub(super) enum RetryDecision {
    /// Try again, if attempts and time are left.
    Retry(AttemptError),
    /// Another attempt cannot help.
    Fail(CallError),
}

/// The body of an error response. That of a login has `error` instead of `code`.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ErrorBody {
    #[serde(alias = "error")]
    code: Option<String>,
    context_id: Option<String>,
}

/// What a response says about the budget.
pub(super) fn rate_limit_info(response: &Response, host: Host, at: Millis) -> RateLimitInfo {
    let retry_after = || response.retry_after.or_else(|| retry_after_in(&response.body));
    RateLimitInfo {
        at,
        status: response.status,
        retry_after: (response.status == 429).then(retry_after).flatten(),
        // A login is not counted among the requests of a token.
        allowed: response.allowed.filter(|_| host == Host::Api),
    }
}

/// What to do about a response with a status other than 2xx.
pub(super) fn classify_response(response: &Response, host: Host, at: Millis) -> RetryDecision {
    let info = error_info(response);
    let error = match (response.status, host) {
        (429, _) => {
            let until = rate_limit_info(response, host, at).blocked_until().unwrap_or(at);
            CallError::Throttled { until }
        }
        (500 | 502..=504, _) => return RetryDecision::Retry(AttemptError::Rejected(info)),
        (401 | 403, _) | (400..=499, Host::Login) => CallError::NotAllowed(info),
        (400 | 413 | 414, _) => CallError::RequestTooLarge(AttemptError::Rejected(info)),
        _ => CallError::Failed(AttemptError::Rejected(info)),
    };
    RetryDecision::Fail(error)
}

/// What to do when there is no response.
pub(super) fn classify_transport_error(error: TransportError) -> RetryDecision {
    match error {
        TransportError::TooLarge => RetryDecision::Fail(CallError::RequestTooLarge(error.into())),
        TransportError::Untrusted(_) => RetryDecision::Fail(CallError::Failed(error.into())),
        TransportError::TimedOut | TransportError::Broken(_) => RetryDecision::Retry(error.into()),
    }
}

fn error_info(response: &Response) -> ApiErrorInfo {
    let body: ErrorBody = serde_json::from_slice(&response.body).unwrap_or_default();
    let context = plain_word(body.context_id.or_else(|| response.correlation.clone()));
    ApiErrorInfo { status: response.status, code: plain_word(body.code), context }
}

/// A code or id of the form that Genesys gives them; any other text is not to be logged.
pub(super) fn plain_word(text: Option<String>) -> Option<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
    text.filter(|text| text.len() <= WORD_CHARS_MAX && text.chars().all(is_plain))
}
