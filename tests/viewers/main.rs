//! Viewers get all that they may see and nothing else: `connections` and `push` over one DynamoDB,
//! with viewers in memory.

#![allow(clippy::unwrap_used, clippy::panic)]

mod budget;
mod converge;
mod fan_out;
mod gateway;
mod limits;
mod names;
mod requests;
mod secrecy;
mod viewer;
mod world;
