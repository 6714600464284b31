//! Answers viewers: they connect, subscribe to subjects, and verify their rows.
//!
//! [`Handler`] handles the routes of the WebSocket API. All messages to a viewer are posted to
//! `@connections`. A subscription is written before its snapshot is read, so that a change is either
//! in the snapshot or pushed after it.

mod handler;
mod message;
mod queue_names;
mod request;
mod snapshot;
mod snapshot_request;

pub use handler::Handler;
pub use queue_names::QueueNames;
pub use request::{Request, RequestContext, Response};
