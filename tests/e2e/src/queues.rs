//! The SQS queues of the stack.

use crate::day::identity;
use crate::{Cloud, eventually};
use aws_sdk_sqs::types::{QueueAttributeName, SendMessageBatchRequestEntry};
use std::collections::HashMap;

/// Visibility timeout of ingest's queue in tests, in seconds: messages of a failed or killed batch
/// come back after it, and those of a batch that takes longer on a busy machine come twice.
pub const SHORT_VISIBILITY: u32 = 8;
/// The same where a message must not come twice.
pub const SAFE_VISIBILITY: u32 = 30;

/// A refused event in the quarantine queue.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct QuarantinedEvent {
    /// Why it was refused.
    pub code: String,
    /// The part of it that EventBridge does not change.
    pub event: String,
}

impl Cloud {
    /// Sends messages to ingest's queue.
    pub(crate) async fn send(&self, messages: &[String]) {
        for part in messages.chunks(10) {
            let entry = |(id, body): (usize, &String)| {
                let entry = SendMessageBatchRequestEntry::builder().id(id.to_string());
                entry.message_body(body).build().unwrap()
            };
            let entries = part.iter().enumerate().map(entry).collect();
            let request = self.sqs().send_message_batch().set_entries(Some(entries));
            let response = request.queue_url(self.output("IngestQueueUrl")).send().await.unwrap();
            assert!(response.failed().is_empty(), "{:?}", response.failed());
        }
    }

    /// Sets the visibility timeout of ingest's queue, in seconds.
    pub async fn set_visibility(&self, seconds: u32) {
        self.sqs()
            .set_queue_attributes()
            .queue_url(self.output("IngestQueueUrl"))
            .attributes(QueueAttributeName::VisibilityTimeout, seconds.to_string())
            .send()
            .await
            .unwrap();
    }

    /// Number of messages in a queue, those in flight included.
    pub async fn count(&self, queue: &str) -> u64 {
        use QueueAttributeName::{
            ApproximateNumberOfMessages as Waiting, ApproximateNumberOfMessagesDelayed as Delayed,
            ApproximateNumberOfMessagesNotVisible as InFlight,
        };
        let request = self.sqs().get_queue_attributes().queue_url(self.output(queue));
        let names = Some(vec![Waiting, InFlight, Delayed]);
        let response = request.set_attribute_names(names).send().await.unwrap();
        let counts = response.attributes.unwrap().into_values();
        counts.map(|count| count.parse::<u64>().unwrap()).sum()
    }

    /// Waits until ingest's queue is empty.
    pub async fn wait_until_drained(&self) {
        eventually("an empty queue", async || self.count("IngestQueueUrl").await == 0).await;
    }

    /// All events in the quarantine, sorted. They stay there.
    pub async fn quarantine(&self) -> Vec<QuarantinedEvent> {
        let mut by_message_id = HashMap::new();
        loop {
            let request = self
                .sqs()
                .receive_message()
                .queue_url(self.output("QuarantineQueueUrl"))
                .max_number_of_messages(10)
                .visibility_timeout(3_600)
                .message_attribute_names("All");
            let messages = request.send().await.unwrap().messages.unwrap_or_default();
            if messages.is_empty() {
                break;
            }
            for message in messages {
                let attributes = message.message_attributes.unwrap_or_default();
                let code = attributes["code"].string_value.clone().unwrap();
                assert!(attributes["message"].string_value.is_some());
                let event = identity(&message.body.unwrap());
                by_message_id.insert(message.message_id.unwrap(), QuarantinedEvent { code, event });
            }
        }
        let mut events: Vec<_> = by_message_id.into_values().collect();
        events.sort_unstable();
        events
    }
}
