//! The messages of a batch: what they say, and what became of each.

use crate::Refused;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsMessage};
use headroom_engine::{Outcome, Rejected};
use headroom_genesys::{Parsed, Refusal, RefusalCode, parse};
use headroom_kpi::facts::{FactKind, Source};
use headroom_kpi::{EntityKey, Fact, Millis};
use std::panic::catch_unwind;

/// A message with facts to apply.
pub(crate) struct MessageFacts {
    /// The position of the message in the batch.
    pub(crate) index: usize,
    /// Not empty.
    pub(crate) facts: Vec<(EntityKey, Fact)>,
    /// Why other facts of the message cannot be used.
    pub(crate) refusal: Option<Refusal>,
}

/// A batch that was parsed: the facts to apply, and what became of the other messages.
#[derive(Default)]
pub(crate) struct Batch<'a> {
    messages: &'a [SqsMessage],
    /// In the order of the messages.
    pub(crate) facts: Vec<MessageFacts>,
    pub(crate) refused: Vec<Refused>,
    /// Positions of the messages that go back to the queue.
    pub(crate) failed: Vec<usize>,
    pub(crate) ignored: u64,
    pub(crate) applied: u64,
    pub(crate) without_effect: u64,
}

impl<'a> Batch<'a> {
    /// Parses messages. An event from before `oldest` is refused.
    pub(crate) fn parse(messages: &'a [SqsMessage], oldest: Millis) -> Self {
        let mut batch = Self { messages, ..Self::default() };
        for (index, message) in messages.iter().enumerate() {
            batch.parse_message(index, message.body.as_deref().unwrap_or_default(), oldest);
        }
        batch
    }

    /// A panic is a bug: its message goes back to the queue, and in the end to the dead-letter
    /// queue, while the rest of the batch goes on.
    fn parse_message(&mut self, index: usize, event: &str, oldest: Millis) {
        let (facts, refusal) = match catch_unwind(|| parse(event.as_bytes())) {
            Ok(Ok(Parsed::Fact(key, fact))) => (vec![(key, fact)], None),
            Ok(Ok(Parsed::Facts(facts))) => (facts, None),
            Ok(Ok(Parsed::Partial(facts, refusal))) => (facts, Some(refusal)),
            Ok(Ok(Parsed::Ignored(_))) => return self.ignored += 1,
            Ok(Err(refusal)) => return self.refuse(index, refusal),
            Err(_) => return self.failed.push(index),
        };
        match drop_expired(facts, oldest) {
            // An API response about what is no longer stored.
            Ok(facts) if facts.is_empty() => self.record_use(index, refusal, false),
            Ok(facts) => self.facts.push(MessageFacts { index, facts, refusal }),
            Err(refusal) => self.refuse(index, refusal),
        }
    }

    /// Counts a message whose facts are in the store, and refuses it if it has others.
    fn record_use(&mut self, index: usize, refusal: Option<Refusal>, has_effect: bool) {
        let count = if has_effect { &mut self.applied } else { &mut self.without_effect };
        *count += 1;
        if let Some(refusal) = refusal {
            self.refuse(index, refusal);
        }
    }

    /// Records what became of the messages with facts.
    pub(crate) fn record_outcomes(&mut self, facts: &[MessageFacts], outcomes: &[Outcome]) {
        for (message, outcome) in facts.iter().zip(outcomes) {
            match outcome {
                Outcome::Applied | Outcome::WithoutEffect => {
                    let has_effect = *outcome == Outcome::Applied;
                    self.record_use(message.index, message.refusal.clone(), has_effect);
                }
                Outcome::Refused(rejected) => self.refuse(message.index, refusal(rejected)),
                Outcome::Failed(error) => {
                    tracing::warn!(%error, "event could not be applied; returned to the queue");
                    self.failed.push(message.index);
                }
            }
        }
    }

    fn refuse(&mut self, index: usize, refusal: Refusal) {
        let event = self.messages[index].body.clone().unwrap_or_default();
        self.refused.push(Refused { index, event, refusal });
    }

    /// Refuses the messages with a change of an agent that was reported before `oldest`: what was
    /// forgotten of the agent would make its rows depend on the order of events.
    pub(crate) fn refuse_old_changes(&mut self, oldest: Millis) {
        let is_old = |message: &mut MessageFacts| {
            let kinds = message.facts.iter().map(|(_, fact)| &fact.kind);
            let changes = kinds.filter_map(|kind| match kind {
                FactKind::Agent(fact) => fact.reported_at(),
                _ => None,
            });
            changes.min().is_some_and(|reported_at| reported_at < oldest)
        };
        let old: Vec<_> = self.facts.extract_if(.., is_old).collect();
        for message in old {
            let text = "the change is older than what is kept of an agent";
            self.refuse(message.index, RefusalCode::TooOld.because(text));
        }
    }

    /// The response to SQS: the ids of the messages that go back to the queue.
    pub(crate) fn response(&self) -> SqsBatchResponse {
        let mut response = SqsBatchResponse::default();
        for index in &self.failed {
            // A message without an id fails the whole batch: nothing is lost.
            response.add_failure(self.messages[*index].message_id.clone().unwrap_or_default());
        }
        response
    }
}

/// The refusal of a message that the engine has no room for.
fn refusal(rejected: &Rejected) -> Refusal {
    let code = match rejected {
        Rejected::ConversationFull => RefusalCode::ConversationFull,
        Rejected::AgentFull => RefusalCode::AgentFull,
        Rejected::RowFull(_) => RefusalCode::RowFull,
    };
    code.because(rejected.to_string())
}

/// Whether it is about an agent. An agent's status may have begun long ago, and be news.
pub(crate) fn is_of_agent(fact: &Fact) -> bool {
    matches!(fact.kind, FactKind::Agent(_))
}

/// Drops the facts of an API response that are older than what is stored of a conversation; an
/// event that old is refused (`kpis.md#retention`).
fn drop_expired(
    mut facts: Vec<(EntityKey, Fact)>,
    oldest: Millis,
) -> Result<Vec<(EntityKey, Fact)>, Refusal> {
    let is_old = |fact: &Fact| !is_of_agent(fact) && fact.kind.time() < oldest;
    facts.retain(|(_, fact)| fact.source == Source::Event || !is_old(fact));
    if facts.iter().any(|(_, fact)| is_old(fact)) {
        let message = "the event is older than what is kept of a conversation";
        return Err(RefusalCode::TooOld.because(message));
    }
    Ok(facts)
}
