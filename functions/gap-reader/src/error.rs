//! Why a part of a run did not come to its end.

use crate::publish::PublishError;
use headroom_engine::StoreError;
use headroom_genesys::api::CallError;
use headroom_genesys::budget::Denied;

/// Why a part of a run did not come to its end. Whatever it is, what was not done stays due.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    /// The ledger, or the index of what is due.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The bus.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// Genesys, or the budget.
    #[error(transparent)]
    Call(#[from] CallError),
}

impl ReadError {
    /// As [`ends_reads`].
    pub(crate) fn ends_reads(&self) -> bool {
        match self {
            Self::Call(error) => ends_reads(error),
            Self::Store(_) | Self::Publish(_) => false,
        }
    }

    /// Whether it is the budget's or the clock's ordinary "not now".
    pub(crate) fn is_ordinary(&self) -> bool {
        use CallError::{DeadlineExceeded, Denied as No, Throttled};
        match self {
            Self::Call(No(Denied::Unavailable(_))) => false,
            Self::Call(No(_) | DeadlineExceeded | Throttled { .. }) => true,
            _ => false,
        }
    }

    /// Whether Genesys refuses the OAuth client.
    pub(crate) fn is_not_allowed(&self) -> bool {
        matches!(self, Self::Call(CallError::NotAllowed(_)))
    }
}

/// Whether nothing more is to be had from Genesys in this run.
pub(crate) fn ends_reads(error: &CallError) -> bool {
    use CallError::{DeadlineExceeded, Denied, NotAllowed, Throttled};
    matches!(error, Denied(_) | Throttled { .. } | NotAllowed(_) | DeadlineExceeded)
}
