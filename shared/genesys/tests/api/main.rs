//! The client against scripted and real answers.

#![cfg(feature = "client")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod endpoints;
mod random;
mod retries;
mod script;
mod secrets;
mod times;
mod tokens;
