//! Genesys Cloud on the wire.
//!
//! [`parse`] takes one EventBridge envelope from bytes to a fact in one pass. Only the fields that
//! the rules use are ever read into a value: caller numbers, addresses, subjects, attributes and
//! notes are skipped where they stand.

mod body;
mod envelope;
mod field;
mod parse;
mod refusal;
mod scan;
mod topic;

pub use parse::{EVENT_BYTES_MAX, Ignored, Parsed, parse};
pub use refusal::{Refusal, RefusalCode};
pub use topic::{TOPICS, Topic, TopicEntry, TopicUse};
