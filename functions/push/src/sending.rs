//! Sends frames to all recipients, without waiting for slow ones.

use crate::Push;
use crate::audience::{Group, Recipient};
use crate::deltas::EncodedDelta;
use futures_util::{StreamExt, stream};
use headroom_kpi::Millis;
use headroom_protocol::delta_messages;
use headroom_viewers::{Gateway, GatewayError};
use std::sync::Arc;
use tokio::time::{Instant, timeout, timeout_at};

/// Concurrent sends. At some ten milliseconds a frame, these are thousands of frames a second, if the pace
/// allows as many.
const CONCURRENT_SENDS: usize = 64;

/// Concurrent removals of connections: each takes a few requests.
const CONCURRENT_REMOVALS: usize = 16;

/// The outcome of sending to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SendOutcome {
    Sent,
    /// A frame was not taken in time. The viewer notices by the `base` of the next delta, or when it
    /// verifies its rows.
    Skipped,
    /// Another error, with the same consequence.
    Failed,
    /// The connection is closed.
    Gone,
    /// The token has expired.
    Expired,
}

/// A recipient, and the outcome of sending to it.
pub(crate) struct Delivery {
    pub(crate) recipient: Recipient,
    /// Frames that were sent, before the outcome was another one than [`SendOutcome::Sent`].
    pub(crate) frames: usize,
    pub(crate) outcome: SendOutcome,
}

impl<G: Gateway + Sync> Push<G> {
    /// Sends its rows to every recipient: deltas without and with histograms, the latter if any group
    /// needs them. The messages of a group are built when its turn comes, so that memory holds only
    /// those that are being sent.
    pub(crate) async fn send(
        &self,
        (deltas, with_histograms): (&[EncodedDelta], &[EncodedDelta]),
        groups: Vec<Group>,
        now: Millis,
        deadline: Instant,
    ) -> Vec<Delivery> {
        let messages_by_recipient = groups.into_iter().flat_map(|group| {
            let deltas = if group.has_histograms() { with_histograms } else { deltas };
            let Group { rows, recipients, .. } = group;
            let deltas = rows.iter().filter_map(|index| deltas.get(*index));
            let messages: Arc<[String]> = delta_messages(deltas.map(|d| d.json.as_str())).into();
            recipients.into_iter().map(move |recipient| (recipient, Arc::clone(&messages)))
        });
        let sends = messages_by_recipient
            .map(|(recipient, messages)| self.deliver(recipient, messages, now, deadline));
        stream::iter(sends).buffer_unordered(CONCURRENT_SENDS).collect().await
    }

    async fn deliver(
        &self,
        recipient: Recipient,
        messages: Arc<[String]>,
        now: Millis,
        deadline: Instant,
    ) -> Delivery {
        if Instant::now() >= deadline {
            return Delivery { recipient, frames: 0, outcome: SendOutcome::Skipped };
        }
        if now >= recipient.until {
            return Delivery { recipient, frames: 0, outcome: SendOutcome::Expired };
        }
        let mut frames = 0;
        for message in messages.iter() {
            let outcome = match timeout_at(deadline, self.pace.wait()).await {
                Ok(()) if Instant::now() < deadline => {
                    self.post(&recipient.connection, message).await
                }
                _ => SendOutcome::Skipped,
            };
            // After a missing frame the viewer could not apply the others.
            if outcome != SendOutcome::Sent {
                return Delivery { recipient, frames, outcome };
            }
            frames += 1;
        }
        Delivery { recipient, frames, outcome: SendOutcome::Sent }
    }

    async fn post(&self, connection: &str, message: &str) -> SendOutcome {
        match timeout(self.send_timeout, self.gateway.post(connection, message)).await {
            Ok(Ok(())) => SendOutcome::Sent,
            Ok(Err(GatewayError::Gone)) => SendOutcome::Gone,
            Ok(Err(GatewayError::Slow)) | Err(_) => SendOutcome::Skipped,
            Ok(Err(GatewayError::Failed(error))) => {
                tracing::warn!(error, "cannot post a frame to a connection; frame skipped");
                SendOutcome::Failed
            }
        }
    }

    /// Removes the connections that are closed, and closes those whose token has expired.
    pub(crate) async fn remove_ended(&self, deliveries: &[Delivery]) {
        let is_ended = |delivery: &&Delivery| {
            matches!(delivery.outcome, SendOutcome::Gone | SendOutcome::Expired)
        };
        let ended = deliveries.iter().filter(is_ended);
        let removals: Vec<_> = ended.map(|delivery| self.remove(delivery)).collect();
        stream::iter(removals).buffer_unordered(CONCURRENT_REMOVALS).collect::<()>().await;
    }

    async fn remove(&self, Delivery { recipient, outcome, .. }: &Delivery) {
        let Recipient { connection, matched_patterns, .. } = recipient;
        if let Err(error) = self.connections.remove(connection, matched_patterns).await {
            // The next frame for it is answered by 410 again.
            tracing::warn!(%error, "cannot remove a closed connection; retried with its next frame");
        }
        if *outcome != SendOutcome::Expired {
            return;
        }
        match timeout(self.send_timeout, self.gateway.expire(connection)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::warn!(%error, "cannot close a connection whose token expired");
            }
            Err(_) => tracing::warn!("timeout while closing a connection whose token expired"),
        }
    }
}
