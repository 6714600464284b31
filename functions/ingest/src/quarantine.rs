//! Where events go that cannot be used: whole, with the reason beside them.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::{BuildError, ProvideErrorMetadata};
use aws_sdk_sqs::types::{MessageAttributeValue, SendMessageBatchRequestEntry};
use futures_util::{StreamExt, stream};
use headroom_genesys::Refusal;
use std::collections::HashSet;

/// An event to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The position of its message in the batch.
    pub index: usize,
    /// The event, as it came.
    pub event: String,
    /// Why it cannot be used.
    pub refusal: Refusal,
}

/// Keeps refused events.
pub trait Quarantine {
    /// Keeps events, and gives back the places of those that it could not keep.
    fn keep(&self, refused: &[Refused]) -> impl Future<Output = HashSet<usize>> + Send;
}

/// Messages in one request, and their bytes: what SQS has always taken.
const ENTRIES_MAX: usize = 10;
const BYTES_MAX: usize = 256 * 1024;
/// A reason's attributes, at most.
const REASON_BYTES: usize = 1024;
/// Requests under way at once.
const REQUESTS_MAX: usize = 4;

/// The quarantine queue. An event is kept at least once: a repeat is possible if an answer is lost.
#[derive(Clone, Debug)]
pub struct QuarantineQueue {
    client: Client,
    url: String,
}

impl QuarantineQueue {
    /// A queue by its address.
    pub fn new(client: Client, url: String) -> Self {
        Self { client, url }
    }

    async fn send(&self, refused: &[Refused]) -> HashSet<usize> {
        let all = || refused.iter().map(|refused| refused.index).collect();
        let entries: Result<Vec<_>, _> = refused.iter().map(entry).collect();
        let Ok(entries) = entries else { return all() };
        let request = self.client.send_message_batch().queue_url(&self.url);
        match request.set_entries(Some(entries)).send().await {
            Ok(answer) => answer.failed().iter().filter_map(|not| not.id().parse().ok()).collect(),
            Err(error) => {
                let code = error.code().unwrap_or("no answer");
                tracing::error!(code, "the quarantine queue did not take refused events");
                all()
            }
        }
    }
}

impl Quarantine for QuarantineQueue {
    async fn keep(&self, refused: &[Refused]) -> HashSet<usize> {
        let requests: Vec<_> = parts(refused).into_iter().map(|part| self.send(part)).collect();
        let mut lost = HashSet::new();
        let mut answers = stream::iter(requests).buffer_unordered(REQUESTS_MAX);
        while let Some(places) = answers.next().await {
            lost.extend(places);
        }
        lost
    }
}

/// Requests' worth of events.
fn parts(refused: &[Refused]) -> Vec<&[Refused]> {
    let (mut parts, mut start, mut bytes) = (Vec::new(), 0, 0);
    for (at, refused_one) in refused.iter().enumerate() {
        let size = refused_one.event.len() + REASON_BYTES;
        if at - start == ENTRIES_MAX || (at > start && bytes + size > BYTES_MAX) {
            parts.push(&refused[start..at]);
            (start, bytes) = (at, 0);
        }
        bytes += size;
    }
    if start < refused.len() {
        parts.push(&refused[start..]);
    }
    parts
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
            |refused: &[Refused]| parts(refused).iter().map(|p| p.len()).collect::<Vec<_>>();
        assert_eq!(sizes(&[]), [0; 0]);
        let small: Vec<_> = (0..25).map(|place| refused(place, 10)).collect();
        assert_eq!(sizes(&small), [10, 10, 5]);
        let large: Vec<_> = (0..3).map(|place| refused(place, 120 * 1024)).collect();
        assert_eq!(sizes(&large), [2, 1]);
        assert_eq!(sizes(&[refused(0, 900 * 1024), refused(1, 1)]), [1, 1]);
    }
}
