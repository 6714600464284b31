//! What is known of agents: routing status, presence, and queues.

mod history;
mod queue_set;
mod status;

pub(crate) use history::{Change, History, current};
pub(crate) use queue_set::QueueSet;
pub(crate) use status::{Presence, RoutingStatus};
