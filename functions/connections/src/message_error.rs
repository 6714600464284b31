//! Why a message could not be handled.

use headroom_engine::StoreError;
use headroom_kpi::RowKeyError;
use headroom_protocol::ErrorCode;
use headroom_viewers::GatewayError;

/// Why a message could not be handled.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MessageError {
    /// The viewer's request is at fault: it gets this error.
    #[error("{message}")]
    Request { code: ErrorCode, message: String },
    /// DynamoDB failed: the viewer gets an internal error.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A response cannot be encoded: the viewer gets an internal error.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// The viewer cannot be reached.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
}

/// A bucket has a name that is none.
impl From<RowKeyError> for MessageError {
    fn from(error: RowKeyError) -> Self {
        Self::bad_request(error.to_string())
    }
}

impl MessageError {
    pub(crate) fn too_many(message: impl Into<String>) -> Self {
        Self::Request { code: ErrorCode::TooMany, message: message.into() }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::Request { code: ErrorCode::BadRequest, message: message.into() }
    }

    /// Does not say what is not allowed.
    pub(crate) fn forbidden() -> Self {
        let message = "the token does not allow all of these subjects".to_owned();
        Self::Request { code: ErrorCode::Forbidden, message }
    }

    /// The error that the viewer gets; none if it cannot be reached.
    pub(crate) fn response(&self) -> Option<(ErrorCode, String)> {
        match self {
            Self::Request { code, message } => Some((*code, message.clone())),
            Self::Store(_) | Self::Json(_) => {
                let message = "the server cannot answer; try again in a moment";
                Some((ErrorCode::Internal, message.to_owned()))
            }
            Self::Gateway(_) => None,
        }
    }
}
