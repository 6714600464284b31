//! Pushes the changes of rows to the viewers that are subscribed to them.
//!
//! 1. `changes`: merges a batch of the stream of rows into one change per row;
//! 2. `deltas`: encodes each change once, as JSON of the protocol;
//! 3. `audience`: reads the subscribers, with strong consistency, and groups those that get the same
//!    rows. All reads come before the first frame, so that a batch that is retried has sent nothing;
//! 4. `sending`: sends one frame to each connection at the `pace` that the account allows, without
//!    waiting for a slow one.

mod audience;
mod batch;
mod changes;
mod deltas;
mod pace;
mod push;
mod sending;

pub use pace::Pace;
pub use push::{Push, PushError, PushSummary};
