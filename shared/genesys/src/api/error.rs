//! Why a call has no answer, by what its caller can do about it.

use super::transport::TransportError;
use crate::budget::Denied;
use headroom_kpi::Millis;
use std::fmt;

/// Why a call has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The budget has nothing left for it now.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Genesys said 429, and the budget knows: nothing before this time.
    #[error("Genesys says to wait until {until} since 1970")]
    Throttled {
        /// Until when.
        until: Millis,
    },
    /// 401 with a new token, 403, or no token: nothing works until somebody does something.
    #[error("not allowed: {0}; check the secret, and the roles and divisions of the OAuth client")]
    NotAllowed(ApiErrorInfo),
    /// 400, 413, 414, or an answer beyond the limit: ask for half as much.
    #[error("cannot be asked like that: {0}; ask for less at once")]
    RequestTooLarge(AttemptError),
    /// 504, or no answer in time, in the last attempt: narrow the interval.
    #[error("takes too long; ask for less at once")]
    TimedOut,
    /// It did not work, after the attempts that make sense.
    #[error("failed: {0}")]
    Failed(AttemptError),
    /// The deadline is too near.
    #[error("no time left; what is not done stays due")]
    DeadlineExceeded,
}

/// What went wrong with one attempt.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AttemptError {
    /// The answer says so.
    #[error("{0}")]
    Rejected(ApiErrorInfo),
    /// There is no answer.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The answer is cut off, or none to what was asked.
    #[error("an answer that cannot be read")]
    InvalidResponse,
    /// More ids than fit into an address.
    #[error("too many ids for one request")]
    TooManyIds,
}

/// What an error answer says that may be written down: its message may quote personal data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiErrorInfo {
    /// The HTTP status.
    pub status: u16,
    /// Genesys' code, such as `bad.request`.
    pub code: Option<String>,
    /// Genesys' id of the request, for its support.
    pub context: Option<String>,
}

impl fmt::Display for ApiErrorInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, self.code.as_deref().unwrap_or("without a code"))?;
        match &self.context {
            Some(context) => write!(f, " (context {context})"),
            None => Ok(()),
        }
    }
}
