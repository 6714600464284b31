//! Gap reads over a simulated contact centre: what is lost comes back, within the budget.

#![allow(clippy::unwrap_used, clippy::panic)]

mod budget;
mod centre;
mod genesys;
mod kills;
mod losses;
mod readers;
mod refusals;
mod rows;
mod script;
mod stream;
mod unknown;
