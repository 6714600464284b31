//! What a session sends, and when.

use super::pending::PendingRequest;
use super::{Action, Connection, ViewerSession};
use crate::requests::subscribe_request;
use crate::{ClientMessage, Feature};
use std::time::{Duration, Instant};

/// A response takes a second at worst; one that takes longer than this was lost.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(30);
/// API Gateway closes a connection that was idle for 10 minutes.
const PING_AFTER: Duration = Duration::from_mins(4);

impl ViewerSession {
    /// What to do now. After [`Action::Send`] ask again.
    pub fn next_action(&mut self, now: Instant) -> Action {
        let Some(connection) = &mut self.connection else { return Action::Wait };
        if let Some(pending) = &connection.pending {
            if now < pending.sent_at + RESPONSE_TIMEOUT {
                return Action::Wait;
            }
            if connection.last_received <= pending.sent_at {
                return Action::Reconnect;
            }
            // Other messages arrive: only the response was lost.
            connection.give_up_response(now);
        }
        match self.next_request(now) {
            Some(message) => Action::Send(self.track_request(message, now)),
            None => Action::Wait,
        }
    }

    fn next_request(&mut self, now: Instant) -> Option<ClientMessage> {
        let id = self.last_request_id + 1;
        let connection = self.connection.as_mut()?;
        if connection.subscribe_at.take_if(|time| *time <= now).is_some() {
            let versions = self.view.known_versions();
            return Some(subscribe_request(id, &self.subjects, versions, self.options.waits));
        }
        if connection.complete {
            if connection.takes_catalog_request() {
                let version = self.catalog.as_ref().map(|catalog| catalog.version.clone());
                return Some(ClientMessage::Catalog { id, version });
            }
            if let Some(mut read) = connection.reads.pop_front() {
                if let ClientMessage::Read { id: number, .. } = &mut read {
                    *number = id;
                }
                return Some(read);
            }
            if connection.verify_at <= now {
                return self.next_verification(now);
            }
        }
        (connection.last_sent + PING_AFTER <= now).then_some(ClientMessage::Ping { id })
    }

    /// The next request that verifies rows. The requests of a verification are spread over half of
    /// the time after which a row has to be verified, so that all rows are verified before any
    /// becomes stale.
    fn next_verification(&mut self, now: Instant) -> Option<ClientMessage> {
        let (period, first_id) = (self.verify_period(), self.last_request_id + 1);
        let connection = self.connection.as_mut()?;
        if connection.verify_requests.is_empty() {
            let version = self.catalog.as_ref().map(|catalog| catalog.version.as_str());
            let by_digests = connection.features.contains(&Feature::Digests);
            let by_digests =
                by_digests.then(|| self.view.digest_requests(first_id, version)).flatten();
            connection.verify_requests =
                by_digests.unwrap_or_else(|| self.view.verify_requests(first_id)).into();
            let count = u32::try_from(connection.verify_requests.len()).unwrap_or(u32::MAX).max(1);
            self.last_request_id += u64::from(count);
            connection.verify_step = period / 2 / count;
            connection.verify_again_at = now + period;
        }
        let message = connection.verify_requests.pop_front();
        connection.verify_at = if connection.verify_requests.is_empty() {
            connection.verify_again_at
        } else {
            now + connection.verify_step
        };
        message
    }

    /// How often rows are verified. The answer to digests may be older than the request, and all the
    /// same a lost delta is found within [`verify_after`](Self::verify_after).
    pub(super) fn verify_period(&self) -> Duration {
        let features = self.connection.as_ref().map(|connection| &connection.features);
        if features.is_some_and(|features| features.contains(&Feature::Digests)) {
            self.verify_after * 3 / 4
        } else {
            self.verify_after
        }
    }

    fn track_request(&mut self, message: ClientMessage, now: Instant) -> ClientMessage {
        self.last_request_id = self.last_request_id.max(message.id());
        if let Some(connection) = &mut self.connection {
            connection.last_sent = now;
            connection.pending = Some(PendingRequest { message: message.clone(), sent_at: now });
        }
        message
    }

    /// When to ask for [`next_action`](Self::next_action) again if no message arrives before.
    pub fn next_action_at(&self) -> Option<Instant> {
        let connection = self.connection.as_ref()?;
        if let Some(pending) = &connection.pending {
            return Some(pending.sent_at + RESPONSE_TIMEOUT);
        }
        let mut time = connection.last_sent + PING_AFTER;
        if let Some(subscribe_at) = connection.subscribe_at {
            time = time.min(subscribe_at);
        }
        if connection.complete {
            time = time.min(connection.verify_at);
            if connection.needs_catalog || !connection.reads.is_empty() {
                time = time.min(connection.last_received);
            }
        }
        Some(time)
    }
}

impl Connection {
    /// Whether it is time to request the catalog; returns true once.
    fn takes_catalog_request(&mut self) -> bool {
        let needs_catalog = std::mem::take(&mut self.needs_catalog);
        needs_catalog && self.features.contains(&Feature::Catalog)
    }

    /// The response to the pending request was lost: what it was to bring is requested again.
    fn give_up_response(&mut self, now: Instant) {
        match self.pending.take().map(|PendingRequest { message, .. }| message) {
            Some(ClientMessage::Catalog { .. }) => self.needs_catalog = true,
            Some(read @ ClientMessage::Read { .. }) => self.reads.push_front(read),
            _ => drop(self.subscribe_at.get_or_insert(now)),
        }
    }
}
