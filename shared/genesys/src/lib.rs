//! Genesys Cloud on the wire.
//!
//! [`parse`] takes one EventBridge envelope from bytes to a fact in one pass. Only the fields that
//! the rules use are ever read into a value: caller numbers, addresses, subjects, attributes and
//! notes are skipped where they stand. A [`Parser`] does the same, faster, for many events.
//!
//! ```
//! use headroom_genesys::{Parsed, RefusalCode, parse};
//!
//! let event = br#"{"detail-type":"v2.detail.events.conversation.{id}.customer.start",
//!     "time":"2026-05-12T14:02:10Z","detail":{"eventBody":{"eventTime":1778594530000,
//!     "conversationId":"c1","sessionId":"s1","ani":"tel:+13175550123"}}}"#;
//! assert!(matches!(parse(event), Ok(Parsed::Fact(_, _))));
//!
//! let refusal = parse(b"{}").unwrap_err();
//! assert_eq!(refusal.code, RefusalCode::BadTopic);
//! ```

#[cfg(feature = "client")]
pub mod api;
pub mod budget;
pub mod details;
mod events;
mod fields;

pub use events::{EVENT_BYTES_MAX, Ignored, Parsed, Parser, TOPICS, Topic, TopicEntry, parse};
pub use fields::{Refusal, RefusalCode};
