//! What the Platform API says of a conversation becomes facts, whole or in parts.

#![allow(clippy::unwrap_used, clippy::panic)]

mod arbitrary;
mod facts;
mod parts;
mod refused;
mod story;
