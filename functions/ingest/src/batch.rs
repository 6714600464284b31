//! The messages of a batch, and what becomes of each.

use crate::Refused;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsMessage};
use headroom_engine::{Outcome, Rejected};
use headroom_genesys::{Parsed, Refusal, RefusalCode, parse};
use headroom_kpi::facts::Source;
use headroom_kpi::{EntityKey, Fact, Millis};
use std::panic::catch_unwind;

/// What one message comes to.
enum Judged {
    Facts(Vec<(EntityKey, Fact)>),
    Ignored,
    Refused(Refusal),
    Panicked,
}

/// A fact, with the place of its message.
pub(crate) type Placed = (usize, EntityKey, Fact);

/// A batch that was parsed: facts that wait to be applied, and what became of the rest.
#[derive(Default)]
pub(crate) struct Batch {
    /// Facts. Those of a message stand together.
    pub(crate) facts: Vec<Placed>,
    pub(crate) refused: Vec<Refused>,
    /// Places of messages that go back to the queue.
    pub(crate) failed: Vec<usize>,
    pub(crate) ignored: u64,
    pub(crate) applied: u64,
    pub(crate) without_effect: u64,
}

impl Batch {
    /// Parses messages. `oldest` is the time before which an event cannot be judged any more.
    pub(crate) fn parse(messages: &[SqsMessage], oldest: Millis) -> Self {
        let mut batch = Self::default();
        for (place, message) in messages.iter().enumerate() {
            let event = message.body.as_deref().unwrap_or_default();
            match judge(event, oldest) {
                // An answer about what is no longer kept.
                Judged::Facts(facts) if facts.is_empty() => batch.without_effect += 1,
                Judged::Facts(facts) => {
                    batch.facts.extend(facts.into_iter().map(|(key, fact)| (place, key, fact)));
                }
                Judged::Ignored => batch.ignored += 1,
                Judged::Refused(refusal) => batch.refuse(place, messages, refusal),
                Judged::Panicked => batch.failed.push(place),
            }
        }
        batch
    }

    /// Notes what became of the facts: a message counts once, whatever it says.
    pub(crate) fn settle(&mut self, messages: &[SqsMessage], facts: &[Placed], all: &[Outcome]) {
        let mut outcomes = all.iter();
        for told in facts.chunk_by(|one, next| one.0 == next.0) {
            let outcomes = outcomes.by_ref().take(told.len()).cloned();
            let outcome = outcomes.reduce(Outcome::and).unwrap_or(Outcome::WithoutEffect);
            self.note(told[0].0, messages, outcome);
        }
    }

    fn note(&mut self, place: usize, messages: &[SqsMessage], outcome: Outcome) {
        match outcome {
            Outcome::Applied => self.applied += 1,
            Outcome::WithoutEffect => self.without_effect += 1,
            Outcome::Refused(rejected) => self.refuse(place, messages, refusal(&rejected)),
            Outcome::Failed(error) => {
                tracing::warn!(%error, "an event goes back to the queue");
                self.failed.push(place);
            }
        }
    }

    /// Keeps a message for the quarantine.
    fn refuse(&mut self, place: usize, messages: &[SqsMessage], refusal: Refusal) {
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

/// The refusal of a fact that the engine has no room for.
fn refusal(rejected: &Rejected) -> Refusal {
    let code = match rejected {
        Rejected::ConversationFull => RefusalCode::ConversationFull,
        Rejected::RowFull(_) => RefusalCode::RowFull,
    };
    code.because(rejected.to_string())
}

/// A panic is a fault of ours. Its message goes back to the queue, and in the end to the dead
/// letters, while the rest of the batch goes on.
fn judge(event: &str, oldest: Millis) -> Judged {
    match catch_unwind(|| parse(event.as_bytes())) {
        Ok(Ok(Parsed::Fact(key, fact))) => young(vec![(key, fact)], oldest),
        Ok(Ok(Parsed::Facts(facts))) => young(facts, oldest),
        Ok(Ok(Parsed::Ignored(_))) => Judged::Ignored,
        Ok(Err(refusal)) => Judged::Refused(refusal),
        Err(_) => Judged::Panicked,
    }
}

/// An event that is too old is refused; of an answer, what is too old is left out (`kpis.md`,
/// section 9).
fn young(mut facts: Vec<(EntityKey, Fact)>, oldest: Millis) -> Judged {
    facts.retain(|(_, fact)| fact.source == Source::Event || fact.kind.time() >= oldest);
    if facts.iter().any(|(_, fact)| fact.kind.time() < oldest) {
        let message = "the event is older than what is kept of a conversation";
        return Judged::Refused(RefusalCode::TooOld.because(message));
    }
    Judged::Facts(facts)
}
