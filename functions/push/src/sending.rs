//! Frames, to all who get some, at the pace of the fast ones.

use crate::Push;
use crate::audience::{Group, Recipient};
use crate::deltas::{Written, messages};
use futures_util::{StreamExt, stream};
use headroom_kpi::Millis;
use headroom_viewers::{Gateway, GatewayError};
use std::sync::Arc;
use tokio::time::{Instant, timeout};

/// Frames under way at once. At some ten milliseconds for each, thousands a second.
const SENDS_AT_ONCE: usize = 64;

/// Removals under way at once: each is a few requests, and nobody waits for them but the next batch.
const REMOVALS_AT_ONCE: usize = 16;

/// What became of a connection's frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It got them.
    Sent,
    /// It did not take one in time: it finds out by the next one's `base`, or by verifying.
    Skipped,
    /// Something else went wrong, with the same consequence.
    Failed,
    /// It is closed.
    Gone,
    /// Its token's time is over.
    Expired,
}

/// A connection's frames and what became of them: how many were sent before that.
pub(crate) struct Delivery {
    pub(crate) recipient: Recipient,
    pub(crate) frames: usize,
    pub(crate) fate: Fate,
}

impl<G: Gateway + Sync> Push<G> {
    /// Sends to every connection its frames, and says what became of them. Messages are written for
    /// each group when its turn comes, so that only those under way are held.
    pub(crate) async fn send(
        &self,
        deltas: &[Written],
        groups: Vec<Group>,
        now: Millis,
        deadline: Instant,
    ) -> Vec<Delivery> {
        let each = groups.into_iter().flat_map(|Group { rows, recipients }| {
            let messages: Arc<[String]> = messages(deltas, &rows).into();
            recipients.into_iter().map(move |recipient| (recipient, Arc::clone(&messages)))
        });
        let sends =
            each.map(|(recipient, messages)| self.deliver(recipient, messages, now, deadline));
        stream::iter(sends).buffer_unordered(SENDS_AT_ONCE).collect().await
    }

    async fn deliver(
        &self,
        recipient: Recipient,
        messages: Arc<[String]>,
        now: Millis,
        deadline: Instant,
    ) -> Delivery {
        if Instant::now() >= deadline {
            return Delivery { recipient, frames: 0, fate: Fate::Skipped };
        }
        if now >= recipient.until {
            return Delivery { recipient, frames: 0, fate: Fate::Expired };
        }
        let mut frames = 0;
        for message in messages.iter() {
            let fate = self.post(&recipient.connection, message).await;
            // Those after one that is missing would only be found to have a hole before them.
            if fate != Fate::Sent {
                return Delivery { recipient, frames, fate };
            }
            frames += 1;
        }
        Delivery { recipient, frames, fate: Fate::Sent }
    }

    async fn post(&self, connection: &str, message: &str) -> Fate {
        match timeout(self.send_timeout, self.gateway.post(connection, message)).await {
            Ok(Ok(())) => Fate::Sent,
            Ok(Err(GatewayError::Gone)) => Fate::Gone,
            Ok(Err(GatewayError::Slow)) | Err(_) => Fate::Skipped,
            Ok(Err(GatewayError::Failed(error))) => {
                tracing::warn!(error, "a frame could not be sent");
                Fate::Failed
            }
        }
    }

    /// Removes those that are closed, or are to be.
    pub(crate) async fn remove(&self, deliveries: &[Delivery]) {
        let over = |delivery: &&Delivery| matches!(delivery.fate, Fate::Gone | Fate::Expired);
        let removals = deliveries.iter().filter(over).map(|delivery| self.remove_one(delivery));
        let removals: Vec<_> = removals.collect();
        stream::iter(removals).buffer_unordered(REMOVALS_AT_ONCE).collect::<()>().await;
    }

    async fn remove_one(&self, Delivery { recipient, fate, .. }: &Delivery) {
        if let Err(error) = self.connections.remove(&recipient.connection, &recipient.found).await {
            // The next frame for it finds it again.
            tracing::warn!(%error, "a closed connection could not be removed");
        }
        if *fate != Fate::Expired {
            return;
        }
        match timeout(self.send_timeout, self.gateway.expire(&recipient.connection)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "a viewer could not be told that it expired"),
            Err(_) => tracing::warn!("a viewer that expired is slow to close"),
        }
    }
}
