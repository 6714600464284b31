//! Reads from the Genesys Cloud Platform API what events did not bring (`kpis.md#gap-reads`).
//!
//! Runs once a minute, one reader at a time, within the API budget (`rate_limiter`). A run
//! has four jobs. Each holds only the ports that it needs, and keeps a summary of its own:
//!
//! | job | what it does |
//! | --- | --- |
//! | `backfill` | finds outages of the event feed, and reads the conversations of that time page by page |
//! | `repair` | reads single conversations that have a gap, by their ids |
//! | `catalog` | keeps the names and service levels of queues up to date |
//! | `budget` | reports what was spent |
//!
//! What is read goes onto the headroom bus (`events`) and takes the way of every event from
//! there. A run may be killed at any point: the next one repeats whatever was not recorded as done.

mod agents;
mod api;
mod aws;
mod backfill;
mod budget;
mod catalog;
mod config;
mod due;
mod error;
mod events;
mod rate_limiter;
mod recent;
mod repair;
mod run;

pub use agents::{AgentRules, AgentsSummary};
pub use aws::{AwsGapReader, RunError};
pub use config::Config;
pub use rate_limiter::LedgerRateLimiter;
pub use repair::BatchPolicy;
pub use run::{GapReader, Rules, RunSummary};
