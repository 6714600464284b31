//! Errors of stores.

use headroom_kpi::RowKey;
use headroom_kpi::stored::DecodeError;

/// Why a request to a store failed; [`StoreError::retryable`] says whether to try again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Another writer changed an entity first, or is about to: nothing was committed.
    #[error("another writer was faster; load again")]
    Conflict,
    /// The store is overloaded: nothing was committed.
    #[error("the store is throttling; try again later")]
    Throttled,
    /// No response. A commit may have happened or not: load again to find out.
    #[error("the store did not answer: {0}; load again to see what it did")]
    Unanswered(String),
    /// A row would have more than 200 metric names: nothing was committed.
    #[error("row {} {}: {reason}", .0.subject, .0.bucket, reason = headroom_kpi::RowFull)]
    RowFull(Box<RowKey>),
    /// A row would be larger than 400 KB: nothing was committed.
    #[error("row {} {}: the row would be larger than the store takes", .0.subject, .0.bucket)]
    RowTooLarge(Box<RowKey>),
    /// A stored entity cannot be decoded.
    #[error(transparent)]
    Damaged(#[from] DecodeError),
    /// An item that this release cannot have written.
    #[error("an item has no usable {0}; restore it from a backup, or deploy a later release")]
    BadItem(String),
    /// The store refuses the request, for example for lack of permission: nothing was done.
    #[error("the store refused the request: {0}; check the table's name and the function's role")]
    Rejected(String),
    /// The transaction breaks a rule; see [`Transaction`](crate::Transaction).
    #[error("not a transaction: {0}")]
    NotATransaction(&'static str),
    /// A document's key or body is out of bounds.
    #[error("not a document: {0}")]
    NotADocument(&'static str),
    /// A kind has more documents or counts than one list may return.
    #[error(
        "the ledger has more of kind {0} than are listed at once; list fewer names, or see why those \
         that have expired are not removed"
    )]
    TooManyDocuments(&'static str),
}

impl StoreError {
    /// Whether the same request may succeed later.
    pub fn retryable(&self) -> bool {
        matches!(self, Self::Conflict | Self::Throttled | Self::Unanswered(_))
    }
}
