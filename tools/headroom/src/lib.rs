//! The commands of `headroom`. Each is a module with its arguments, `Args`, and a function `run`.

mod agents;
pub mod budget;
pub mod compare;
pub mod error;
pub mod explain;
pub mod files;
pub mod gaps;
mod names;
pub mod put;
pub mod queues;
pub mod replay;
pub mod report;
pub mod simulate;
pub mod terminal;
mod time;
pub mod viewer;
pub mod watch;

pub use error::{CliError, Outcome};
