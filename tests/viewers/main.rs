//! Viewers get all that they may see and nothing else: `connections` and `push` over one DynamoDB,
//! with viewers in memory.

#![allow(clippy::unwrap_used, clippy::panic)]

mod budget;
mod catalog;
mod converge;
mod digests;
mod fan_out;
mod gateway;
mod history;
mod limits;
mod names;
mod requests;
mod rest;
mod rest_secrecy;
mod secrecy;
mod verification;
mod viewer;
mod waits;
mod world;
