//! The viewer protocol, version 1.
//!
//! JSON text frames over API Gateway WebSockets. [`ClientMessage::read`] takes what a viewer sends,
//! within limits; [`ServerMessage`] is what it gets, and [`snapshot_frames`] keeps snapshots under
//! the limit of a frame; [`Presentation`] takes rows to what is shown of them; [`Grants`] says
//! which subjects a token may see; [`View`] is what a viewer holds, and what of it is stale.
//!
//! Nothing here does I/O or reads a clock.

mod client;
mod frames;
mod grants;
mod pattern;
mod present;
mod server;
mod verify;
mod view;

pub use client::{ClientMessage, Have, Held, RequestError};
pub use frames::snapshot_frames;
pub use grants::{Grants, Queues};
pub use pattern::{Pattern, PatternError};
pub use present::Presentation;
pub use server::{Delta, ErrorCode, Refused, RowState, ServerMessage};
pub use view::{Effect, View};

/// The subprotocol that a server selects.
pub const SUBPROTOCOL: &str = "headroom.v1";

/// Bytes of a frame, in either direction: API Gateway's own limit for what it receives, and kept
/// for what is sent, so that a viewer gets every frame in one piece.
pub const FRAME_BYTES_MAX: usize = 32 * 1024;

/// Bytes of a message to a viewer: API Gateway's own limit. It sends what is larger than a frame in
/// several.
pub const MESSAGE_BYTES_MAX: usize = 128 * 1024;

/// Subjects in one `subscribe` or `unsubscribe`.
pub const SUBJECTS_EACH_MAX: usize = 500;

/// Subjects of a connection.
pub const SUBJECTS_MAX: usize = 2_000;
