//! Exports the rows table, and the names of queues, to S3 (`docs/bi.md#export`).
//!
//! Runs four times an hour, one run at a time. Of the rows table it requests an increment for every
//! hour and a full export each week; of the ledger, which has the names of queues, a full export each
//! day. Each export has a document in the ledger, written before it is requested, so that a run that
//! is killed at any point leaves nothing out and requests nothing twice.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`export`] | an export: its window, its token, its prefix, and what became of it |
//! | [`plan`](mod@plan) | which exports to request and which to ask about: no I/O |
//! | `coverage` | what the complete exports cover, and the marker that says so in the bucket |
//! | `records` | their documents |
//! | `run`, `table_run`, `summary` | one run: the lease, the tables, the report |
//! | `aws` | DynamoDB and S3 |

mod aws;
mod config;
mod coverage;
pub mod export;
mod hour;
pub mod plan;
mod records;
mod run;
mod service;
mod summary;
mod table_run;

pub use aws::AwsExports;
pub use config::Config;
pub use hour::Hour;
pub use run::{Exporter, Rules};
pub use service::{Exports, Progress, RequestError, TableState};
pub use summary::RunSummary;
