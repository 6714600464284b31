//! The limits of what comes from outside, each with its reason.

/// Characters of an id (`kpis.md`, section 8).
pub const ID_CHARS_MAX: usize = 128;

/// Characters of a metric name (`kpis.md`, section 8).
pub const METRIC_NAME_CHARS_MAX: usize = 64;

/// Metric names in one row (`kpis.md`, section 8).
pub const ROW_METRIC_NAMES_MAX: usize = 200;

/// What one conversation may weigh, in bytes of its encoded form, estimated from above.
///
/// `DynamoDB` takes 400 KB an item. A conversation that is full takes no new session and no new
/// metric fact (they are refused as `conversation_full`, and kept like everything refused), but
/// what completes a session that it holds is always taken, so no gauge stays up. That is about
/// 1,100 agent hand-overs with all their metrics derived; Genesys' own conversations end long
/// before.
pub const CONVERSATION_WEIGHT_MAX: usize = 320 * 1024;
