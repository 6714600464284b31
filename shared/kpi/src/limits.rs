//! Limits on what comes from outside, each with its reason.

/// Characters of an id (`kpis.md#bad-input`).
pub const ID_CHARS_MAX: usize = 128;

/// Characters of a metric name (`kpis.md#bad-input`).
pub const METRIC_NAME_CHARS_MAX: usize = 64;

/// Metric names in one row (`kpis.md#bad-input`).
pub const ROW_METRIC_NAMES_MAX: usize = 200;

/// Characters of a media type. The longest of Genesys, `screenmonitoring`, has 16.
pub const MEDIA_CHARS_MAX: usize = 32;

/// Bytes that the stored form of one conversation may take (`kpis.md#size-limit`).
///
/// DynamoDB takes 400 KB an item. A full conversation takes no new session, metric fact or text;
/// such events are refused as `conversation_full` and kept. An event that completes a session of
/// the conversation is still taken, so no gauge stays up, unless it brings a text that the
/// conversation does not have yet: an id that is not a UUID, or a media type without a number in
/// the table of names. There is room for 283 hand-overs from queue to agent, each with ids and
/// intervals of its own.
pub const CONVERSATION_BYTES_MAX: usize = 360 * 1024;

/// Characters of a routing status or presence (`kpis.md#bad-input`). The longest of Genesys,
/// `NOT_RESPONDING`, has 14.
pub const STATUS_CHARS_MAX: usize = 32;

/// Changes of an agent's routing status and presence within twelve hours of each other, before and
/// after, events and reads apart (`kpis.md#agent-retention`). A busy agent has 220 a day. So an
/// agent's item stays below the 400 KB that DynamoDB takes.
pub const AGENT_CHANGES_MAX: usize = 500;

/// Queues of which an agent is counted as a member, the first ones in order of id
/// (`kpis.md#queue-staffing`): a transaction takes 100 items.
pub const AGENT_QUEUES_MAX: usize = 80;

/// Organisation presences in one row of an agent, the first ones in order of id.
pub const ORGANIZATION_PRESENCES_MAX: usize = 40;
