//! Why a request is not answered with rows.

use headroom_engine::StoreError;
use headroom_protocol::Problem;

/// Why a request is not answered with rows.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A parameter is wrong; the text says which and what to write.
    #[error("{0}")]
    BadRequest(String),
    /// The token has expired since it was verified.
    #[error("the token has expired; get a new one")]
    Expired,
    /// Does not say what is not allowed.
    #[error("the token does not allow all of these subjects")]
    Forbidden,
    /// DynamoDB failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An answer cannot be encoded as JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// An answer cannot be encoded as CSV.
    #[error(transparent)]
    Csv(#[from] csv::Error),
}

/// Seconds after which a table that throttles has most likely split or grown.
const THROTTLED_RETRY_SECONDS: u32 = 2;
/// Seconds after which a table that did not answer is asked again.
const UNANSWERED_RETRY_SECONDS: u32 = 5;

impl ReadError {
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::BadRequest(message.into())
    }

    /// The problem that the client gets, and what goes into `Retry-After`; none if this is a fault of the
    /// stack, which has to raise its alarm.
    pub(crate) fn refusal(&self) -> Option<(Problem, Option<u32>)> {
        let (status, title, retry_seconds) = match self {
            Self::BadRequest(_) => (400, "Bad Request", None),
            Self::Expired => (401, "Unauthorized", None),
            Self::Forbidden => (403, "Forbidden", None),
            Self::Store(StoreError::Throttled) => {
                (429, "Too Many Requests", Some(THROTTLED_RETRY_SECONDS))
            }
            Self::Store(error) if error.retryable() => {
                (503, "Service Unavailable", Some(UNANSWERED_RETRY_SECONDS))
            }
            Self::Store(_) | Self::Json(_) | Self::Csv(_) => return None,
        };
        let detail = match self {
            Self::Store(_) => "the database is busy; ask again, at a lower rate".to_owned(),
            error => error.to_string(),
        };
        let (kind, title) = ("about:blank".to_owned(), title.to_owned());
        Some((Problem { kind, title, status, detail }, retry_seconds))
    }
}
