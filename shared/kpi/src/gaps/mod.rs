//! What is missing of a conversation, and when it is to be read from the Platform API
//! (`kpis.md#gaps`, `kpis.md#due`).
//!
//! A *gap* is something whose absence can change a number. Each rule looks at the facts and at
//! nothing else: no clock, no order of arrival. So when a conversation is due is a function of the
//! set of its facts.

mod agent_changes;
mod agents;
mod context;
pub(crate) mod gap;
mod metrics;
mod sessions;
mod work;

pub use gap::{Gap, OPEN_SESSION};

use crate::facts::conversation::Conversation;
use crate::facts::entity::Entity;
use crate::facts::session::Session;
use crate::settings::gaps::GapSettings;
use crate::settings::values::Settings;
use crate::time::Millis;
use context::GapContext;
use gap::{Due, Rule, Urgency};

/// A gap that persists is given up when the newest fact was older than this at a read: what the API
/// does not know by then, it will not know later.
const GIVE_UP_AFTER: Millis = Millis(24 * 3_600_000);

/// The rules by which sums contradict each other, whatever is still to come.
const CONTRADICTIONS: [&str; 4] =
    ["transfer_mismatch", "handle_time_mismatch", "talk_time_mismatch", "hold_time_mismatch"];

const RULES: [&[Rule]; 4] = [sessions::RULES, work::RULES, metrics::RULES, agents::RULES];

/// All gaps of a conversation, rule by rule. Of one that was read completely only those by which
/// the response contradicts itself: nothing else will come of another read (`kpis.md#complete`).
pub fn find_gaps(conversation: &Conversation, settings: &Settings) -> Vec<Gap> {
    let context = GapContext::new(conversation, settings);
    let mut gaps = Vec::new();
    for rule in RULES.into_iter().flatten() {
        rule(&context, &mut gaps);
    }
    if context.is_complete() {
        gaps.retain(|gap| CONTRADICTIONS.contains(&gap.rule));
    }
    gaps.retain(|gap| settings.gaps.is_enabled(gap.rule));
    gaps
}

/// When an entity is due for a read; `None` if nothing of it is missing.
pub fn entity_due(entity: &Entity, settings: &Settings) -> Option<Due> {
    match entity {
        Entity::Conversation(conversation) => due(conversation, settings),
        Entity::Agent(agent) => agent_changes::due(agent, settings),
        Entity::ApiBudget(_) => None,
    }
}

/// When a conversation is due for a read; `None` if it has neither a gap nor an open session.
pub fn due(conversation: &Conversation, settings: &Settings) -> Option<Due> {
    if conversation.is_empty() || conversation.not_found {
        return None;
    }
    let newest = conversation.newest_event_time()?;
    let grace_period = settings.gaps.grace_period;
    let mut candidates = Vec::new();
    if !is_given_up(conversation.last_read, newest) {
        for gap in find_gaps(conversation, settings) {
            let at = gap.not_before.max(newest + grace_period);
            candidates.push(Due { urgency: gap.urgency, at, rule: gap.rule });
        }
    }
    if let Some(at) = open_limit(conversation, &settings.gaps) {
        candidates.push(Due { urgency: Urgency::Gauge, at, rule: OPEN_SESSION });
    }
    for due in &mut candidates {
        let at = next_read(due.at, newest, conversation.last_read, grace_period);
        due.at = settings.gaps.rounded_up(at);
    }
    // The earliest; at equal times a gauge before sums, and the first rule of those.
    candidates.into_iter().min_by_key(|due| (due.at, due.urgency))
}

fn is_given_up(last_read: Option<Millis>, newest: Millis) -> bool {
    last_read.is_some_and(|read| read - newest > GIVE_UP_AFTER)
}

/// When the first open session reaches the limit of its media type.
fn open_limit(conversation: &Conversation, settings: &GapSettings) -> Option<Millis> {
    if conversation.is_closed() {
        return None;
    }
    let waiting = conversation.acd_sessions.iter().filter(|session| session.is_open());
    let waiting = waiting.filter_map(|session| {
        Some(session.start.value()?.time + settings.waiting_limit(&session.media()))
    });
    let talking = conversation.user_sessions.iter().filter(|session| session.is_open());
    let talking = talking.filter_map(|session| {
        Some(session.start.value()?.time + settings.talking_limit(&session.media()))
    });
    waiting.chain(talking).min()
}

/// After a read that changed nothing, waits as long again as the conversation had been quiet at
/// that read: exponential backoff.
fn next_read(
    due: Millis,
    newest: Millis,
    last_read: Option<Millis>,
    grace_period: Millis,
) -> Millis {
    match last_read {
        Some(read) if read >= due => read + grace_period.max(read - newest),
        _ => due,
    }
}
