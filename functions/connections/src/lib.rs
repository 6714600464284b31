//! Answers viewers: they connect, subscribe to subjects, verify their rows, and read past ones.
//!
//! [`Handler`] handles the routes of the WebSocket API. All messages to a viewer are posted to
//! `@connections`. A subscription is written before its snapshot is read, so that a change is either
//! in the snapshot or pushed after it.

mod catalog;
mod digests;
mod handler;
mod history;
mod message;
mod message_error;
mod request;
mod snapshot;
mod snapshot_request;
mod version_cache;

pub use handler::Handler;
pub use request::{Request, RequestContext, Response};
pub use version_cache::VersionCache;
