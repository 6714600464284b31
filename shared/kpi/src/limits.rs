//! The limits of what comes from outside, each with its reason.

/// Characters of an id (`kpis.md`, section 8).
pub const ID_CHARS_MAX: usize = 128;

/// Characters of a metric name (`kpis.md`, section 8).
pub const METRIC_NAME_CHARS_MAX: usize = 64;

/// Metric names in one row (`kpis.md`, section 8).
pub const ROW_METRIC_NAMES_MAX: usize = 200;

/// Characters of a media type. Genesys' longest is `screenmonitoring`, 16.
pub const MEDIA_CHARS_MAX: usize = 32;

/// What one conversation may weigh: an upper bound of its encoded form, in bytes.
///
/// DynamoDB takes 400 KB an item. A conversation that is full takes no new session, metric fact
/// or text (they are refused as `conversation_full`, and kept like everything refused). What
/// completes a session that it holds is still taken, so no gauge stays up, unless it brings a text
/// that the conversation does not have: an id that is no UUID, or a new media type. There is room
/// for 368 hand-overs from queue to agent, each with ids and intervals of its own.
pub const CONVERSATION_WEIGHT_MAX: usize = 360 * 1024;
