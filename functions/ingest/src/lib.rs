//! Folds the events of a queue into entities and rows.
//!
//! A batch of SQS messages, each an event as EventBridge delivers it, is parsed, folded and
//! committed together. An event that cannot be used goes to the quarantine queue, whole, with the
//! reason. A message that could not be committed goes back to its queue. A message that causes a panic
//! fails alone. The text of events is never logged.

mod batch;
mod ingest;
mod measures;
mod quarantine;

pub use ingest::{Ingest, Limits, QUARANTINE_RESERVE};
pub use quarantine::{Quarantine, QuarantineQueue, Refused};
