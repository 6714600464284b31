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
/// or text (they are refused as `conversation_full`, and kept like everything refused), but what
/// completes a session that it holds is always taken, so no gauge stays up. That is room for 360
/// hand-overs from queue to agent when every session comes with its own ids and intervals.
pub const CONVERSATION_WEIGHT_MAX: usize = 360 * 1024;
