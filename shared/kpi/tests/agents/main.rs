//! Agents: the example and the cases of the rules, and a second reading of them
//! (`kpis.md#agents`).

#![allow(clippy::unwrap_used, clippy::panic)]

mod cases;
mod example;
mod facts;
mod gaps;
mod generate;
mod growth;
mod naive;
mod properties;
mod queues;
mod reading;
mod rows;
