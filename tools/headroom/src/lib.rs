//! Headroom on the command line. Every command is a module with a `run`; `main.rs` only wires.

pub mod backoff;
pub mod budget;
pub mod error;
pub mod files;
pub mod put;
pub mod queues;
pub mod replay;
pub mod report;
pub mod simulate;
pub mod terminal;
pub mod watch;

pub use error::{CliError, Outcome};
