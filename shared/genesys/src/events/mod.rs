//! Events, from bytes to facts.

mod body;
mod budget_report;
mod envelope;
mod parse;
mod scan;
mod topic;

pub use parse::{EVENT_BYTES_MAX, Ignored, Parsed, parse};
pub use topic::{TOPICS, Topic, TopicEntry, TopicUse};
