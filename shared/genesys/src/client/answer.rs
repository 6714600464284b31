//! What one attempt came to.

use super::{CallError, Fault, Host, Response, Said, TransportError};
use crate::budget::{Seen, retry_after_in};
use headroom_kpi::Millis;
use serde::Deserialize;

/// The longest code or id that is taken from an error answer.
const WORD_CHARS_MAX: usize = 100;

/// What to do after an attempt that did not work.
pub(super) enum Verdict {
    /// Try again, if attempts and time are left.
    Again(Fault),
    /// Do not.
    Never(CallError),
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
pub(super) fn seen(response: &Response, host: Host, at: Millis) -> Seen {
    let retry_after = || response.retry_after.or_else(|| retry_after_in(&response.body));
    Seen {
        at,
        status: response.status,
        retry_after: (response.status == 429).then(retry_after).flatten(),
        // A login is not counted among the requests of a token.
        allowed: response.allowed.filter(|_| host == Host::Api),
    }
}

/// What to do about an answer other than 2xx.
pub(super) fn judge(response: &Response, host: Host, at: Millis) -> Verdict {
    let said = said(response);
    match (response.status, host) {
        (429, _) => {
            let until = seen(response, host, at).blocked_until().unwrap_or(at);
            Verdict::Never(CallError::Throttled { until })
        }
        (500 | 502..=504, _) => Verdict::Again(Fault::Said(said)),
        (401 | 403, _) | (400..=499, Host::Login) => Verdict::Never(CallError::NotAllowed(said)),
        (400 | 413 | 414, _) => Verdict::Never(CallError::TooMany(Fault::Said(said))),
        _ => Verdict::Never(CallError::Failed(Fault::Said(said))),
    }
}

/// What to do when there is no answer.
pub(super) fn judge_silence(error: TransportError) -> Verdict {
    match error {
        TransportError::TooLarge => Verdict::Never(CallError::TooMany(error.into())),
        TransportError::Untrusted(_) => Verdict::Never(CallError::Failed(error.into())),
        TransportError::TimedOut | TransportError::Broken(_) => Verdict::Again(error.into()),
    }
}

fn said(response: &Response) -> Said {
    let body: ErrorBody = serde_json::from_slice(&response.body).unwrap_or_default();
    let context = body.context_id.or_else(|| response.correlation.clone());
    Said { status: response.status, code: word(body.code), context: word(context) }
}

/// A code or id as Genesys makes them; anything else is not to be written down.
pub(super) fn word(text: Option<String>) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
    text.filter(|text| text.len() <= WORD_CHARS_MAX && text.chars().all(plain))
}
