//! Folds the events of a queue into entities and rows.
//!
//! A batch of SQS messages, each an event as EventBridge delivers it, is parsed, folded and
//! committed together. What cannot be used goes to the quarantine queue, whole, with its reason;
//! what could not be committed goes back to the queue, and only that. A message that makes the code
//! panic fails alone. No event's text is ever logged.

mod batch;
mod catalog;
mod ingest;
mod measures;
mod quarantine;

pub use catalog::CatalogSettings;
pub use ingest::{Ingest, Limits, QUARANTINE_RESERVE};
pub use quarantine::{Quarantine, QuarantineQueue, Refused};
