//! The messages of a batch, and what becomes of each.

use crate::Refused;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsMessage};
use headroom_genesys::{Parsed, Refusal, RefusalCode, parse};
use headroom_kpi::{EntityKey, Fact, Millis};
use std::panic::catch_unwind;

/// What one message comes to.
enum Judged {
    Fact(EntityKey, Fact),
    Ignored,
    Refused(Refusal),
    Panicked,
}

/// A batch that was parsed: facts that wait to be applied, and what became of the rest.
#[derive(Default)]
pub(crate) struct Batch {
    /// Facts, each with the place of its message.
    pub(crate) facts: Vec<(usize, EntityKey, Fact)>,
    pub(crate) refused: Vec<Refused>,
    /// Places of messages that go back to the queue.
    pub(crate) failed: Vec<usize>,
    pub(crate) ignored: u64,
}

impl Batch {
    /// Parses messages. `oldest` is the time before which an event cannot be judged any more.
    pub(crate) fn parse(messages: &[SqsMessage], oldest: Millis) -> Self {
        let mut batch = Self::default();
        for (place, message) in messages.iter().enumerate() {
            let event = message.body.as_deref().unwrap_or_default();
            match judge(event, oldest) {
                Judged::Fact(key, fact) => batch.facts.push((place, key, fact)),
                Judged::Ignored => batch.ignored += 1,
                Judged::Refused(refusal) => batch.refuse(place, messages, refusal),
                Judged::Panicked => batch.failed.push(place),
            }
        }
        batch
    }

    /// Keeps a message for the quarantine.
    pub(crate) fn refuse(&mut self, place: usize, messages: &[SqsMessage], refusal: Refusal) {
        let event = messages.get(place).and_then(|message| message.body.clone());
        self.refused.push(Refused { place, event: event.unwrap_or_default(), refusal });
    }

    /// The answer: the messages that go back to the queue.
    pub(crate) fn answer(&self, messages: &[SqsMessage]) -> SqsBatchResponse {
        let mut answer = SqsBatchResponse::default();
        for message in self.failed.iter().filter_map(|place| messages.get(*place)) {
            // A message without an id fails the whole batch: nothing is lost.
            answer.add_failure(message.message_id.clone().unwrap_or_default());
        }
        answer
    }
}

/// A panic is a fault of ours. Its message goes back to the queue, and in the end to the dead
/// letters, while the rest of the batch goes on.
fn judge(event: &str, oldest: Millis) -> Judged {
    match catch_unwind(|| parse(event.as_bytes())) {
        Ok(Ok(Parsed::Fact(_, fact))) if fact.what.time() < oldest => {
            let message = "the event is older than what is kept of a conversation";
            Judged::Refused(RefusalCode::TooOld.because(message))
        }
        Ok(Ok(Parsed::Fact(key, fact))) => Judged::Fact(key, fact),
        Ok(Ok(Parsed::Facts(_) | Parsed::Ignored(_))) => Judged::Ignored,
        Ok(Err(refusal)) => Judged::Refused(refusal),
        Err(_) => Judged::Panicked,
    }
}
