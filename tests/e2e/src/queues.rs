//! The stack's queues.

use crate::day::identity;
use crate::{Cloud, eventually};
use aws_sdk_sqs::types::{QueueAttributeName, SendMessageBatchRequestEntry};
use std::collections::HashMap;

/// What ingest could not commit, or was killed at, comes back after so many seconds.
pub const SHORT_VISIBILITY: &str = "8";

/// A refused event, as the quarantine has it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kept {
    /// Why it was refused.
    pub code: String,
    /// What EventBridge does not change of it.
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
            let sent = request.queue_url(self.output("IngestQueueUrl")).send().await.unwrap();
            assert!(sent.failed().is_empty(), "{:?}", sent.failed());
        }
    }

    /// Lets messages of ingest's queue come back sooner.
    pub async fn shorten_visibility(&self) {
        let request = self.sqs().set_queue_attributes().queue_url(self.output("IngestQueueUrl"));
        let request = request.attributes(QueueAttributeName::VisibilityTimeout, SHORT_VISIBILITY);
        request.send().await.unwrap();
    }

    /// Messages in a queue, those at work included.
    pub async fn count(&self, queue: &str) -> u64 {
        use QueueAttributeName::{
            ApproximateNumberOfMessages as Waiting, ApproximateNumberOfMessagesDelayed as Delayed,
            ApproximateNumberOfMessagesNotVisible as AtWork,
        };
        let request = self.sqs().get_queue_attributes().queue_url(self.output(queue));
        let names = Some(vec![Waiting, AtWork, Delayed]);
        let answer = request.set_attribute_names(names).send().await.unwrap();
        let counts = answer.attributes.unwrap().into_values();
        counts.map(|count| count.parse::<u64>().unwrap()).sum()
    }

    /// Waits until ingest has taken everything.
    pub async fn drained(&self) {
        eventually("an empty queue", async || self.count("IngestQueueUrl").await == 0).await;
    }

    /// Everything in the quarantine, in order.
    pub async fn quarantine(&self) -> Vec<Kept> {
        let mut kept = HashMap::new();
        loop {
            let request = self.sqs().receive_message();
            let request = request.queue_url(self.output("QuarantineQueueUrl"));
            let request = request.max_number_of_messages(10).visibility_timeout(3_600);
            let answer = request.message_attribute_names("All").send().await.unwrap();
            let messages = answer.messages.unwrap_or_default();
            if messages.is_empty() {
                break;
            }
            for message in messages {
                let attributes = message.message_attributes.unwrap_or_default();
                let code = attributes["code"].string_value.clone().unwrap();
                assert!(attributes["message"].string_value.is_some());
                let event = identity(&message.body.unwrap());
                kept.insert(message.message_id.unwrap(), Kept { code, event });
            }
        }
        let mut kept: Vec<_> = kept.into_values().collect();
        kept.sort_unstable();
        kept
    }
}
