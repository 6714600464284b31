//! Since when sessions wait or agents are at work or idle, as sums of a row.

use crate::id::Id;

/// When some of the sessions began that wait in a queue. Those that differ in second and tag are
/// counted apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Waiting {
    /// When they began, in whole seconds since 1970.
    pub second: i64,
    /// The last byte of the `sessionId` in hexadecimal, which names nobody. Contributions that an
    /// earlier release stored have the whole `sessionId` here.
    pub tag: Id,
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
