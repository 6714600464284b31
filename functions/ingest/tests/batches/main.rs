//! What becomes of a batch.

#![allow(clippy::unwrap_used)]

mod agents;
mod alone;
mod answers;
mod catalog;
mod feed;
mod setup;
