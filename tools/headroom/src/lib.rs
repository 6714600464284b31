//! Headroom on the command line. Every command is a module with a `run`; `main.rs` only wires.

pub mod error;
pub mod files;
pub mod replay;
pub mod report;
pub mod simulate;
pub mod terminal;

pub use error::{CliError, Done};
