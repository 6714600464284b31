//! Gap reads over a simulated contact centre: what is lost comes back, within the budget.

#![allow(clippy::unwrap_used, clippy::panic)]

mod agents;
mod budget;
mod bus;
mod centre;
mod genesys;
mod kills;
mod losses;
mod readers;
mod refusals;
mod rows;
mod stream;
mod unknown;
