//! Why a message could not be handled.

use headroom_engine::StoreError;
use headroom_protocol::{ErrorCode, RequestError};
use headroom_viewers::GatewayError;

/// Why a message could not be handled.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MessageError {
    /// The viewer's request is at fault: it gets this error.
    #[error(transparent)]
    Request(#[from] RequestError),
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

impl MessageError {
    pub(crate) fn too_many(id: u64, message: String) -> Self {
        RequestError { id: Some(id), code: ErrorCode::TooMany, message }.into()
    }

    pub(crate) fn bad_request(id: u64, message: String) -> Self {
        RequestError { id: Some(id), code: ErrorCode::BadRequest, message }.into()
    }

    /// Does not say what is not allowed.
    pub(crate) fn forbidden(id: u64) -> Self {
        let message = "the token does not allow all of these subjects".to_owned();
        RequestError { id: Some(id), code: ErrorCode::Forbidden, message }.into()
    }

    /// The error that the viewer gets; none if it cannot be reached.
    pub(crate) fn response(&self, id: Option<u64>) -> Option<RequestError> {
        match self {
            Self::Request(error) => Some(error.clone()),
            Self::Store(_) | Self::Json(_) => Some(RequestError {
                id,
                code: ErrorCode::Internal,
                message: "the server cannot answer; try again in a moment".into(),
            }),
            Self::Gateway(_) => None,
        }
    }
}
