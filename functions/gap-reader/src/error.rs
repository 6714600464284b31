//! Why a job ended early.

use headroom_aws::events::PublishError;
use headroom_engine::StoreError;
use headroom_genesys::api::CallError;
use headroom_genesys::budget::Denied;

/// Why a job ended early. Whatever the reason, the next run goes on where this one stopped.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JobError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the bus did not accept every event: {0}; the next run reads them again")]
    Publish(#[from] PublishError),
    #[error(transparent)]
    Call(#[from] CallError),
}

impl JobError {
    /// See [`ends_requests`].
    pub(crate) fn ends_requests(&self) -> bool {
        matches!(self, Self::Call(error) if ends_requests(error))
    }

    /// Whether the budget or the deadline did no more than their duty: nothing is wrong.
    pub(crate) fn is_expected(&self) -> bool {
        match self {
            Self::Call(CallError::Denied(denied)) => !matches!(denied, Denied::Unavailable(_)),
            Self::Call(CallError::DeadlineExceeded | CallError::Throttled { .. }) => true,
            _ => false,
        }
    }

    /// Whether Genesys refuses the OAuth client.
    pub(crate) fn is_not_allowed(&self) -> bool {
        matches!(self, Self::Call(CallError::NotAllowed(_)))
    }
}

/// Whether no request can succeed in the rest of this run.
pub(crate) fn ends_requests(error: &CallError) -> bool {
    use CallError::{DeadlineExceeded, Denied, NotAllowed, Throttled};
    matches!(error, Denied(_) | Throttled { .. } | NotAllowed(_) | DeadlineExceeded)
}
