//! A request, until its response has arrived.

use crate::{ClientMessage, DIGEST_AGE_SECONDS_MAX};
use std::time::{Duration, Instant};

/// How old the server's answer to a verification by digests may be.
const DIGEST_AGE_MAX: Duration = Duration::from_secs(DIGEST_AGE_SECONDS_MAX as u64);

/// A request without a response so far.
pub(super) struct PendingRequest {
    pub(super) message: ClientMessage,
    pub(super) sent_at: Instant,
}

impl PendingRequest {
    pub(super) fn is_subscribe(&self) -> bool {
        matches!(self.message, ClientMessage::Subscribe { .. })
    }

    pub(super) fn is_ping(&self) -> bool {
        matches!(self.message, ClientMessage::Ping { .. })
    }

    pub(super) fn is_extra(&self) -> bool {
        matches!(self.message, ClientMessage::Read { .. } | ClientMessage::Catalog { .. })
    }

    pub(super) fn expects_snapshot(&self) -> bool {
        !matches!(self.message, ClientMessage::Ping { .. } | ClientMessage::Catalog { .. })
    }

    /// The time as of which the response tells what is current.
    pub(super) fn confirms_as_of(&self) -> Instant {
        match &self.message {
            ClientMessage::Verify { digests: Some(_), .. } => {
                self.sent_at.checked_sub(DIGEST_AGE_MAX).unwrap_or(self.sent_at)
            }
            _ => self.sent_at,
        }
    }
}
