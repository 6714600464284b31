//! Events, from bytes to facts.

mod agent;
mod agent_state;
mod body;
mod budget_report;
mod envelope;
mod layout;
mod parse;
mod pattern;
mod scan;
mod topic;

pub use parse::{EVENT_BYTES_MAX, Ignored, Parsed, Parser, parse};
pub use topic::{TOPICS, Topic, TopicEntry};
