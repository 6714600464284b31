//! Reads the conversations that have a gap.

use crate::error::ReadError;
use crate::figures::Figures;
use crate::learned;
use crate::plan::{Gap, only_old_live, order};
use crate::publish::publish;
use crate::reader::{Outside, Reader, Run};
use crate::recent::{note, recent};
use headroom_engine::DueIndex;
use headroom_genesys::api::CallError;
use headroom_genesys::api::details::ConversationDetails;
use headroom_kpi::{EntityKey, Id, Millis, Urgency};
use std::collections::{BTreeMap, VecDeque};

/// A conversation that is due for so long and that Genesys does not know, it will never know:
/// answers lag behind by minutes at most.
const UNKNOWN_AFTER: Millis = Millis(3_600_000);
/// While a window is to be read back, only live ones that have been due for so long are read.
const WINDOW_FIRST: Millis = Millis(15 * 60_000);
/// Calls of a run that time out before it leaves the rest to the next run.
const TIMEOUTS_MAX: u32 = 3;
/// Calls of a run: a whole minute of what Genesys allows a token.
const CALLS_MAX: usize = 300;

impl<O: Outside> Reader<O> {
    /// What is due and was not just read, as far as the budget can read it in a run.
    pub(crate) async fn due_gaps(&self, figures: &mut Figures) -> Result<VecDeque<Gap>, ReadError> {
        let now = self.clock.now();
        let recent = recent(&*self.ledger, now).await?;
        let minute = self.meter.minute_allowed().await?;
        let limit = recent.len() + minute.clamp(1, CALLS_MAX) * self.rules.worth.ids_per_call;
        let mut due = Vec::new();
        for urgency in [Urgency::Gauge, Urgency::Historical] {
            let found = self.due.due(urgency, now, limit).await?.into_iter();
            due.extend(found.filter_map(|(due, key)| match key {
                EntityKey::Conversation(id) => Some(Gap { urgency, due, id }),
                EntityKey::ApiBudget(_) => None,
            }));
        }
        let waiting = order(due, &recent);
        figures.due = waiting.len() as u64;
        figures.due_left = figures.due;
        Ok(waiting)
    }

    /// Reads them, the most valuable first. `windows` says whether windows are still to be read
    /// back: what they bring need not be asked for by its id.
    pub(crate) async fn read_gaps(
        &self,
        run: &Run,
        mut waiting: VecDeque<Gap>,
        windows: bool,
        figures: &mut Figures,
    ) -> Result<(), ReadError> {
        if windows {
            only_old_live(&mut waiting, WINDOW_FIRST, self.clock.now());
        }
        let worth = &self.rules.worth;
        let (mut size, mut timeouts) = (worth.ids_per_call, 0);
        for number in 0..CALLS_MAX {
            let now = self.clock.now();
            let call = worth.next_call(&mut waiting, size, now);
            if call.is_empty() {
                break;
            }
            let ids: Vec<_> = call.iter().map(|gap| gap.id.clone()).collect();
            let answer = self.ask(run, async |calls| calls.conversations(&ids).await).await;
            match answer {
                Ok(found) => self.learn(run, number, &call, found, figures).await?,
                Err(CallError::RequestTooLarge(_)) if call.len() > 1 => {
                    size = call.len().div_ceil(2);
                    put_back(&mut waiting, call);
                }
                Err(CallError::TimedOut) if call.len() > 1 && timeouts < TIMEOUTS_MAX => {
                    (size, timeouts) = (call.len().div_ceil(2), timeouts + 1);
                    put_back(&mut waiting, call);
                }
                // It is at fault by itself: the others are not to wait for it.
                Err(error @ CallError::RequestTooLarge(_)) => {
                    tracing::warn!(%error, "a conversation cannot be read");
                    note(&*self.ledger, now, &run.part("gap", number), &ids).await?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Publishes what a call brought, and notes that it did.
    async fn learn(
        &self,
        run: &Run,
        number: usize,
        call: &[Gap],
        (asked_at, found): (Millis, Vec<ConversationDetails>),
        figures: &mut Figures,
    ) -> Result<(), ReadError> {
        let mut asked: BTreeMap<&Id, &Gap> = call.iter().map(|gap| (&gap.id, gap)).collect();
        let mut events = Vec::new();
        for answer in found {
            // What was not asked for is nobody's to tell.
            let known = answer.id().ok().is_some_and(|id| asked.remove(&id).is_some());
            if known {
                events.extend(learned::details(answer, asked_at));
            }
        }
        // One that is not known yet stays due, and is asked for again when it is no longer recent.
        let gone: Vec<_> =
            asked.into_values().filter(|gap| gap.due + UNKNOWN_AFTER <= asked_at).collect();
        events.extend(gone.iter().map(|gap| learned::closed(&gap.id, asked_at)));
        publish(&self.bus, &self.retry, events).await?;
        figures.closed += gone.len() as u64;
        figures.read += (call.len() - gone.len()) as u64;
        figures.due_left = figures.due_left.saturating_sub(call.len() as u64);
        let ids: Vec<_> = call.iter().map(|gap| gap.id.clone()).collect();
        Ok(note(&*self.ledger, self.clock.now(), &run.part("gap", number), &ids).await?)
    }
}

fn put_back(waiting: &mut VecDeque<Gap>, call: Vec<Gap>) {
    for gap in call.into_iter().rev() {
        waiting.push_front(gap);
    }
}
