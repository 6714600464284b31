//! Gap detection (`kpis.md`, section 11): each rule finds what it is for, and a conversation is due
//! when it should be.

#![allow(clippy::unwrap_used)]

mod call;
mod rules;
mod times;
