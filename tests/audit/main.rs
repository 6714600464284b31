//! An audit finds what is wrong, all of it and nothing else.

#![allow(clippy::unwrap_used, clippy::panic)]

mod centre;
mod clean;
mod damage;
mod expiry;
mod snapshot;
