//! Errors of a call, of one of its attempts, and of the transport.

use super::request::BODY_BYTES_MAX;
use crate::budget::Denied;
use headroom_kpi::Millis;
use std::fmt;

/// Why a call has no result, by what its caller can do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The budget has no permit for the request now.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// 429, which the budget knows: no request before this time.
    #[error("Genesys allows no request before {until} since 1970 (status 429)")]
    Throttled {
        /// When requests are allowed again.
        until: Millis,
    },
    /// 401 with a new token, 403, or no token: nothing works until somebody does something.
    #[error(
        "Genesys refuses the OAuth client: {0}; check the secret, and the client's roles and \
         divisions"
    )]
    NotAllowed(ApiErrorInfo),
    /// 400, 413, 414, or a response above the limit: request half as much.
    #[error("the request is too large: {0}; request fewer conversations at once")]
    RequestTooLarge(AttemptError),
    /// 504, or no response in time, in the last attempt: narrow the interval.
    #[error("Genesys takes too long for the request; request fewer conversations at once")]
    TimedOut,
    /// All attempts that make sense failed.
    #[error("the request failed: {0}")]
    Failed(AttemptError),
    /// The deadline is too near.
    #[error("the deadline of the call is too near; a later call can do the rest")]
    DeadlineExceeded,
}

/// Why one attempt failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AttemptError {
    /// The status of the response says so.
    #[error("status {0}")]
    Rejected(ApiErrorInfo),
    /// There is no response.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The response is cut off, or is not of the expected form.
    #[error("the response cannot be read")]
    InvalidResponse,
    /// More ids than fit into an address.
    #[error("it has too many ids")]
    TooManyIds,
}

impl AttemptError {
    /// Whether the request took Genesys too long: a smaller one can help.
    pub(super) fn is_timeout(&self) -> bool {
        match self {
            Self::Rejected(info) => info.status == 504,
            Self::Transport(error) => *error == TransportError::TimedOut,
            Self::InvalidResponse | Self::TooManyIds => false,
        }
    }
}

/// Why there is no response.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// It did not come in time.
    #[error("there was no response in time")]
    TimedOut,
    /// Its body has more than [`BODY_BYTES_MAX`].
    #[error("the response is larger than {BODY_BYTES_MAX} bytes")]
    TooLarge,
    /// No connection can be trusted; another attempt would not help.
    #[error("no trusted connection to Genesys: {0}")]
    Untrusted(String),
    /// There was no connection, or it broke.
    #[error("no connection to Genesys: {0}")]
    Broken(String),
}

/// The part of an error response that may be logged: its message may quote personal data.
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
