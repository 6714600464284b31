//! Why a message was not answered as it should be.

use headroom_engine::StoreError;
use headroom_protocol::{ErrorCode, RequestError};
use headroom_viewers::GatewayError;

/// Why a message was not answered as it should be: each is another's fault.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The viewer's. It is told.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The store's. The viewer is told that there is one.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The viewer cannot be told anything.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    /// A message cannot be written: ours.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

impl Failure {
    /// What the viewer is told of it, if it can be told anything.
    pub(crate) fn told(&self, id: Option<u64>) -> Option<RequestError> {
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

/// A limit is reached.
pub(crate) fn too_many(id: u64, message: String) -> Failure {
    RequestError { id: Some(id), code: ErrorCode::TooMany, message }.into()
}
