//! Sends the changes of rows to those who watch.
//!
//! 1. `changes`: a batch of the stream of rows, one change for each row;
//! 2. `deltas`: each change as viewers get it, written once;
//! 3. `audience`: who gets which rows, read consistently: all of it before anything is sent, so
//!    that a batch which is tried again has sent nothing;
//! 4. `sending`: one frame for each connection, without waiting for a slow one.

mod audience;
mod changes;
mod config;
mod deltas;
mod push;
mod sending;

pub use config::Config;
pub use push::{Push, PushError, Pushed};
