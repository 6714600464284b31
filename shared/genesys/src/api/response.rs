//! What one attempt came to.

use super::error::{ApiErrorInfo, AttemptError, CallError};
use super::transport::{Host, Response, TransportError};
use crate::budget::{RateLimitInfo, retry_after_in};
use headroom_kpi::Millis;
use serde::Deserialize;

/// The longest code or id that is taken from an error answer.
const WORD_CHARS_MAX: usize = 100;

/// What to do after an attempt that did not work.
pub(super) enum RetryDecision {
    /// Try again, if attempts and time are left.
    Retry(AttemptError),
    /// Do not.
    Fail(CallError),
}

/// An error answer, as far as it is read. Logins have `error`, others `code`.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ErrorBody {
    #[serde(alias = "error")]
    code: Option<String>,
    context_id: Option<String>,
}

/// What an answer says about the budget.
pub(super) fn seen(response: &Response, host: Host, at: Millis) -> RateLimitInfo {
    let retry_after = || response.retry_after.or_else(|| retry_after_in(&response.body));
    RateLimitInfo {
        at,
        status: response.status,
        retry_after: (response.status == 429).then(retry_after).flatten(),
        // A login is not counted among the requests of a token.
        allowed: response.allowed.filter(|_| host == Host::Api),
    }
}

/// What to do about an answer other than 2xx.
pub(super) fn judge(response: &Response, host: Host, at: Millis) -> RetryDecision {
    let said = said(response);
    match (response.status, host) {
        (429, _) => {
            let until = seen(response, host, at).blocked_until().unwrap_or(at);
            RetryDecision::Fail(CallError::Throttled { until })
        }
        (500 | 502..=504, _) => RetryDecision::Retry(AttemptError::Rejected(said)),
        (401 | 403, _) | (400..=499, Host::Login) => {
            RetryDecision::Fail(CallError::NotAllowed(said))
        }
        (400 | 413 | 414, _) => {
            RetryDecision::Fail(CallError::RequestTooLarge(AttemptError::Rejected(said)))
        }
        _ => RetryDecision::Fail(CallError::Failed(AttemptError::Rejected(said))),
    }
}

/// What to do when there is no answer.
pub(super) fn judge_silence(error: TransportError) -> RetryDecision {
    match error {
        TransportError::TooLarge => RetryDecision::Fail(CallError::RequestTooLarge(error.into())),
        TransportError::Untrusted(_) => RetryDecision::Fail(CallError::Failed(error.into())),
        TransportError::TimedOut | TransportError::Broken(_) => RetryDecision::Retry(error.into()),
    }
}

fn said(response: &Response) -> ApiErrorInfo {
    let body: ErrorBody = serde_json::from_slice(&response.body).unwrap_or_default();
    let context = body.context_id.or_else(|| response.correlation.clone());
    ApiErrorInfo { status: response.status, code: word(body.code), context: word(context) }
}

/// A code or id as Genesys makes them; anything else is not to be written down.
pub(super) fn word(text: Option<String>) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
    text.filter(|text| text.len() <= WORD_CHARS_MAX && text.chars().all(plain))
}
