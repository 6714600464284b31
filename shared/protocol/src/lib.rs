//! The viewer protocol, version 1: its messages, and the logic of both sides that needs no I/O.
//! `docs/protocol.md` is the specification.
//!
//! For the server: [`ClientMessage::parse`] validates a request. [`Grants`] decides which subjects a
//! token may see, and [`AuthorizerContext`] carries a verified token from the authorizer to the
//! other functions. [`RowFormatter`] turns stored rows into [`RowState`]s, and [`snapshot_frames`]
//! and [`delta_messages`] pack rows into messages within API Gateway's limits. [`RowsPage`] and
//! [`Problem`] are the answers of the HTTP API.
//!
//! For a viewer: [`ViewerSession`] is a state machine that says what to send and when, over any
//! number of connections; [`View`] holds the rows and knows which of them are stale. Whoever uses
//! them brings a WebSocket and a clock.

mod catalog;
mod client;
mod digest;
mod formatter;
mod frames;
mod grants;
mod pattern;
mod requests;
mod rest;
#[cfg(feature = "schema")]
pub mod schema;
mod server;
mod session;
mod token;
mod versions;
mod view;

pub use catalog::{Catalog, CatalogQueue, OTHER_MEDIA, ServiceLevels, TargetLevel};
pub use client::{ClientMessage, RequestError};
pub use digest::{BucketVersions, SubjectDigests, interval_span_ms, subject_digest, text_digest};
pub use formatter::{Histograms, RowFormatter};
pub use frames::{catalog_messages, delta_messages, snapshot_frames};
pub use grants::{Grants, Queues};
pub use pattern::{Pattern, PatternError};
pub use rest::{PAGE_ROWS_MAX, Problem, RowsPage};
pub use server::{Delta, ErrorCode, Feature, RefusedSubject, RowState, ServerMessage};
pub use session::{Action, SessionEvent, SessionOptions, ViewerSession};
pub use token::{AuthorizerContext, VerifiedToken};
pub use versions::{KnownVersion, KnownVersions, row_name};
pub use view::View;

/// The WebSocket subprotocol that the server selects.
pub const SUBPROTOCOL: &str = "headroom.v1";

/// Largest frame in bytes, in either direction. It is API Gateway's limit for frames that it
/// receives; frames that are sent keep to it as well, so that a viewer gets each in one piece.
pub const FRAME_BYTES_MAX: usize = 32 * 1024;

/// Largest message to a viewer in bytes: API Gateway's limit. A message that is larger than a frame
/// is sent in several frames.
pub const MESSAGE_BYTES_MAX: usize = 128 * 1024;

/// Most subjects in one `subscribe` or `unsubscribe`.
pub const SUBJECTS_PER_REQUEST_MAX: usize = 500;

/// Most subjects of one connection.
pub const SUBJECTS_MAX: usize = 2_000;

/// Most buckets that a request names: a day of the shortest intervals, and some more.
pub const BUCKETS_MAX: usize = 120;

/// Most rows of a snapshot, and of what a request is about: the six buckets of 2,000 subjects. With
/// their sums these are some tens of megabytes, which are read within seconds.
pub const ROWS_MAX: usize = 12_000;

/// The intervals of a verification by digests lie within this time, in milliseconds: what lies
/// between them is read as well.
pub const DIGEST_SPAN_MS_MAX: i64 = 48 * 3_600_000;

/// A verification by digests is answered from rows that were read this many seconds before at most.
pub const DIGEST_AGE_SECONDS_MAX: u32 = 15;
