//! Reads from the Genesys Cloud Platform API what events did not bring.
//!
//! Once a minute, one reader at a time, within the budget that the ledger holds: what is silent is
//! read back (`silence`, `window`, `readback`), what is due is read by its id (`plan`, `gaps`), and
//! now and then the catalog is read anew (`reference`). What is learned goes onto the headroom bus
//! as events, and the way of all events from there. A run may end anywhere: what it did not note
//! as done, the next one does.

mod aws;
mod bus;
mod config;
mod document;
mod error;
mod feed;
mod figures;
mod gaps;
mod learned;
mod lease;
mod meter;
mod plan;
mod publish;
mod readback;
mod reader;
mod recent;
mod reference;
mod report;
mod silence;
mod window;

pub use aws::{Aws, AwsReader, Clients, RunError};
pub use bus::{Bus, Entry, EventBus, Failure, Fate, SOURCE};
pub use config::{Config, ConfigError};
pub use figures::Figures;
pub use meter::SharedRateLimiter;
pub use plan::Worth;
pub use reader::{BudgetedClient, Outside, Reader, Rules, Run};
