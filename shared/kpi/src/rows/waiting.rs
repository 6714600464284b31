//! Elements of the sets of those who wait.

use crate::id::Id;

/// A session that waits in a queue, or an agent who waits for one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Waiting {
    /// When that began, in whole seconds since 1970.
    pub second: i64,
    /// `sessionId`, or `userId`
    pub session: Id,
}
