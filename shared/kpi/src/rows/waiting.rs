//! Since when sessions wait or agents are at work or idle, as sums of a row.

use crate::id::Id;

/// A session that waits in a queue.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Waiting {
    /// When that began, in whole seconds since 1970.
    pub second: i64,
    /// `sessionId`
    pub session: Id,
}

/// When some of the sessions began in which an agent is connected, or since when some agents have
/// been idle. In a row there are hundreds of these, so it is as small as can be: those that differ
/// in second and tag are counted apart, and mostly a count is one, which a row can lose without
/// being read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaggedSecond {
    /// When they began, in whole seconds since 1970.
    pub second: i64,
    /// The last byte of the `sessionId` or of the user id, which names nobody.
    pub tag: u8,
}
