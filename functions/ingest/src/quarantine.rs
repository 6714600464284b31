//! The quarantine: events that cannot be used are kept there whole, with the reason.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::{BuildError, ProvideErrorMetadata};
use aws_sdk_sqs::types::{MessageAttributeValue, SendMessageBatchRequestEntry};
use futures_util::{StreamExt, stream};
use headroom_genesys::Refusal;
use headroom_requests::chunks;
use std::collections::HashSet;

/// An event that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The position of its message in the batch.
    pub index: usize,
    /// The event, byte for byte.
    pub event: String,
    /// Why it cannot be used.
    pub refusal: Refusal,
}

/// Keeps refused events.
pub trait Quarantine {
    /// Keeps events. Returns the positions of the messages that it could not keep.
    fn keep(&self, refused: &[Refused]) -> impl Future<Output = HashSet<usize>> + Send;
}

/// Messages in a request: the limit of SQS.
const ENTRIES_MAX: usize = 10;
/// Bytes in a request: the lowest limit that SQS has had.
const BYTES_MAX: usize = 256 * 1024;
/// The attributes `code` and `message` of an event, at most.
const REASON_BYTES: usize = 1024;
/// Requests at the same time.
const REQUESTS_MAX: usize = 4;

/// The quarantine as an SQS queue. An event is kept at least once: twice if a response is lost.
#[derive(Clone, Debug)]
pub struct QuarantineQueue {
    client: Client,
    url: String,
}

impl QuarantineQueue {
    /// The queue with this URL.
    pub fn new(client: Client, url: String) -> Self {
        Self { client, url }
    }

    /// Sends one request. Returns the positions of the messages that were not accepted.
    async fn send(&self, refused: Vec<&Refused>) -> HashSet<usize> {
        let positions = || refused.iter().map(|refused| refused.index).collect();
        let entries: Result<Vec<_>, _> = refused.iter().copied().map(entry).collect();
        let Ok(entries) = entries else { return positions() };
        let request = self.client.send_message_batch().queue_url(&self.url);
        match request.set_entries(Some(entries)).send().await {
            Ok(response) => {
                response.failed().iter().filter_map(|entry| entry.id().parse().ok()).collect()
            }
            Err(error) => {
                let code = error.code().unwrap_or("no answer");
                tracing::error!(code, "refused events could not be sent to the quarantine queue");
                positions()
            }
        }
    }
}

impl Quarantine for QuarantineQueue {
    async fn keep(&self, refused: &[Refused]) -> HashSet<usize> {
        let requests: Vec<_> =
            requests(refused).into_iter().map(|request| self.send(request)).collect();
        let rejected: Vec<_> =
            stream::iter(requests).buffer_unordered(REQUESTS_MAX).collect().await;
        rejected.into_iter().flatten().collect()
    }
}

/// Splits events into requests that SQS accepts.
fn requests(refused: &[Refused]) -> Vec<Vec<&Refused>> {
    chunks(refused, ENTRIES_MAX, BYTES_MAX, |refused| refused.event.len() + REASON_BYTES)
}

fn entry(refused: &Refused) -> Result<SendMessageBatchRequestEntry, BuildError> {
    let text = |text: &str| {
        MessageAttributeValue::builder().data_type("String").string_value(text).build()
    };
    SendMessageBatchRequestEntry::builder()
        .id(refused.index.to_string())
        .message_body(&refused.event)
        .message_attributes("code", text(refused.refusal.code.as_str())?)
        .message_attributes("message", text(&refused.refusal.message)?)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use headroom_genesys::RefusalCode;

    fn refused(place: usize, bytes: usize) -> Refused {
        let refusal = RefusalCode::NotJson.because("no");
        Refused { index: place, event: "x".repeat(bytes), refusal }
    }

    #[test]
    fn requests_stay_under_the_limits_of_sqs() {
        let sizes =
            |refused: &[Refused]| requests(refused).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(sizes(&[]), [0; 0]);
        let small: Vec<_> = (0..25).map(|place| refused(place, 10)).collect();
        assert_eq!(sizes(&small), [10, 10, 5]);
        let large: Vec<_> = (0..3).map(|place| refused(place, 120 * 1024)).collect();
        assert_eq!(sizes(&large), [2, 1]);
        assert_eq!(sizes(&[refused(0, 900 * 1024), refused(1, 1)]), [1, 1]);
    }
}
