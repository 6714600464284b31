//! Viewers get what they may see, all of it, and nothing else: `connections` and `push` over one
//! DynamoDB, with viewers in memory.

#![allow(clippy::unwrap_used, clippy::panic)]

mod budget;
mod converge;
mod fan_out;
mod limits;
mod requests;
mod secrecy;
mod viewer;
mod world;
