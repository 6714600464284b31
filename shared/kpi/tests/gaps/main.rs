//! Gaps (`kpis.md#gap-rules`) and when a conversation is due for a read (`kpis.md#due`).

#![allow(clippy::unwrap_used)]

mod call;
mod complete;
mod optional;
mod rules;
mod times;
