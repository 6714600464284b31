//! Proves on a schedule that rows are the sums of contributions (`docs/operations.md`, "Auditing
//! rows").
//!
//! Each run reads both tables whole and compares a sample: one part of the rows, by a hash of their
//! keys. The next run takes the next part, so that each row has its turn. What is wrong is logged and
//! counted, and never repaired: `headroom audit --repair` does that, after somebody has looked.

mod auditor;
mod config;
mod position;

pub use auditor::{Auditor, RunSummary};
pub use config::{Config, Rules};
