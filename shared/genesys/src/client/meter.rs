//! What the client needs besides a way to Genesys: the budget, as a rate limiter.

use crate::budget::{Denied, Purpose, Seen};
use std::sync::Arc;

/// The budget, held by a ledger that all clients share.
pub trait Meter: Send + Sync {
    /// One request may go out now, at once. The clock that the budget is given is to be read within
    /// this call: the grant's time to be used is counted from its beginning.
    fn acquire(&self, purpose: Purpose) -> impl Future<Output = Result<(), Denied>> + Send;

    /// Learns from an answer. That of a login host says nothing about what the token may have.
    fn observe(&self, seen: Seen) -> impl Future<Output = ()> + Send;
}

impl<M: Meter> Meter for Arc<M> {
    fn acquire(&self, purpose: Purpose) -> impl Future<Output = Result<(), Denied>> + Send {
        M::acquire(self, purpose)
    }

    fn observe(&self, seen: Seen) -> impl Future<Output = ()> + Send {
        M::observe(self, seen)
    }
}
