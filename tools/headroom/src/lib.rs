//! The commands of `headroom`. Each is a module with its arguments, `Args`, and a function `run`.

mod agents;
pub mod audit;
mod aws;
pub mod budget;
pub mod compare;
pub mod cost;
pub mod error;
pub mod explain;
pub mod export;
pub mod files;
pub mod gaps;
mod names;
mod parameter;
pub mod put;
pub mod query;
pub mod queues;
pub mod replay;
pub mod report;
pub mod settings;
pub mod simulate;
pub mod terminal;
mod time;
pub mod token;
pub mod viewer;
pub mod views;
pub mod watch;

pub use error::{CliError, Outcome};
