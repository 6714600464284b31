//! Why a store did not do what it was asked.

use headroom_kpi::RowKey;
use headroom_kpi::stored::DecodeError;

/// What the caller needs to decide: try again, or give up and say so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Somebody else changed an entity first, or is about to: nothing was committed.
    #[error("another writer was faster; load again")]
    Conflict,
    /// The store has too much to do: nothing was committed.
    #[error("the store is throttling; try again later")]
    Throttled,
    /// No answer. A commit may have happened or not: load again to find out.
    #[error("the store did not answer: {0}; load again to see what it did")]
    Unanswered(String),
    /// A row would have more than 200 metric names: nothing was committed.
    #[error("{0}: {reason}", reason = headroom_kpi::RowFull)]
    RowFull(Box<RowLabel>),
    /// A row would be larger than 400 KB: nothing was committed.
    #[error("{0}: the row would be larger than the store takes")]
    RowTooLarge(Box<RowLabel>),
    /// What is stored cannot be read.
    #[error(transparent)]
    Damaged(#[from] DecodeError),
    /// An item that this release cannot have written.
    #[error("an item has no usable {0}; restore it from a backup, or deploy a later release")]
    BadItem(String),
    /// The store refuses the request as such: nothing was done.
    #[error("the store refused the request: {0}; check the table's name and the function's role")]
    Rejected(String),
    /// A transaction that no store may take; see [`Transaction`](crate::Transaction).
    #[error("not a transaction: {0}")]
    NotATransaction(&'static str),
    /// A document that no ledger takes.
    #[error("not a document: {0}")]
    NotADocument(&'static str),
    /// A kind has more documents or counts than are listed at once.
    #[error(
        "the ledger has more of kind {0} than are listed at once; list fewer names, or see why those \
         that have expired are not removed"
    )]
    TooManyDocuments(&'static str),
}

/// A row, as people read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowLabel(pub RowKey);

impl std::fmt::Display for RowLabel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "row {} {}", self.0.subject, self.0.bucket)
    }
}

impl StoreError {
    /// Whether the same thing may succeed later.
    pub fn retryable(&self) -> bool {
        matches!(self, Self::Conflict | Self::Throttled | Self::Unanswered(_))
    }
}
