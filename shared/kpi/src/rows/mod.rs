//! From facts to rows: what an entity contributes to which row (`kpis.md#rows`), what is open now
//! (`kpis.md#gauges`), and what is computed when a row is read (`kpis.md#computed-values`).

pub(crate) mod agent_measure;
pub(crate) mod agent_status;
mod agents;
pub(crate) mod amounts;
mod buffers;
pub(crate) mod builder;
pub(crate) mod computed;
pub(crate) mod contributions;
mod gauges;
pub mod histogram;
pub(crate) mod key;
pub(crate) mod measure;
pub(crate) mod row;
pub(crate) mod row_sums;
pub(crate) mod waiting;
