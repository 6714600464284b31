//! The stored form of an entity and its contributions: compact, versioned bytes.
//!
//! Every id, and every name without a number, is written once, in a dictionary; everything else
//! refers to it by position. Times are written as the distance to a base time, numbers in as few
//! bytes as they need. The same entity always gives the same bytes. A plain answered call takes 439
//! bytes (see the golden files).

mod agent;
mod codec;
mod contributions;
mod conversation;

pub use codec::{DecodeError, NEWEST_VERSION};

use crate::facts::Agent;
use crate::facts::conversation::Conversation;
use crate::facts::entity::Entity;
use crate::facts::session::Session;
use crate::rows::contributions::Contributions;
use crate::time::Millis;
use codec::{Reader, Stored, Writer};

/// The version without what came with gap reads: when the conversation was read, or a report about
/// the API budget. Version 2 appends these two. An entity without them is still written as version
/// 1, so its bytes did not change with version 2.
const WITHOUT_READS: u8 = 1;

/// The version without the starts of interacting sessions. Version 3 is laid out as this one, and has
/// them among the contributions.
const WITHOUT_STARTS: u8 = 2;
const WITH_STARTS: u8 = 3;

/// The version of an agent: its facts, and then its contributions. It has no older form; the last
/// release ignores the events of agents, and never meets one.
const AGENT: u8 = 4;

/// The newest version that the last release reads. Whatever it has a form for is written in no later
/// one, so that the last release can be deployed again, and can run beside this one meanwhile
/// (CONTRIBUTING.md, "The way back").
pub const LAST_RELEASE_READS: u8 = 3;

const _: () = assert!(
    WITH_STARTS <= LAST_RELEASE_READS,
    "a version is written one release after it can be read: see CONTRIBUTING.md, \"The way back\""
);
const _: () = assert!(AGENT <= NEWEST_VERSION && LAST_RELEASE_READS <= NEWEST_VERSION);

/// The bytes to store for an entity and its contributions. An entity of the API budget is known by
/// its report, so one without a report is not to be stored.
pub fn encode(entity: &Entity, contributions: &Contributions) -> Vec<u8> {
    let mut to = Writer::new(base_time(entity));
    let empty = Conversation::default();
    let (conversation, report) = match entity {
        Entity::Conversation(conversation) => (conversation, None),
        Entity::ApiBudget(report) => (&empty, report.as_ref()),
        Entity::Agent(agent) => return encode_agent(agent, contributions, to),
    };
    conversation.write(&mut to);
    contributions.write(&mut to);
    let has_reads = conversation.last_read.is_some()
        || conversation.not_found
        || report.is_some()
        || contributions::has_reads(contributions);
    let has_starts = contributions::has_starts(contributions);
    if !has_reads && !has_starts {
        return to.finish(WITHOUT_READS);
    }
    conversation.write_reads(&mut to);
    codec::write_option(report, &mut to);
    to.finish(if has_starts { WITH_STARTS } else { WITHOUT_STARTS })
}

fn encode_agent(agent: &Agent, contributions: &Contributions, mut to: Writer) -> Vec<u8> {
    agent.write(&mut to);
    contributions.write(&mut to);
    to.finish(AGENT)
}

/// Reads what [`encode`] wrote, in this release or an older one.
pub fn decode(bytes: &[u8]) -> Result<(Entity, Contributions), DecodeError> {
    let (mut from, version) = Reader::new(bytes)?;
    if version == AGENT {
        let (agent, contributions) = (Agent::read(&mut from)?, Contributions::read(&mut from)?);
        from.finish()?;
        return Ok((Entity::Agent(Box::new(agent)), contributions));
    }
    let mut conversation = Conversation::read(&mut from)?;
    let contributions = Contributions::read(&mut from)?.resort_after_upgrade();
    let mut report = None;
    if version > WITHOUT_READS {
        conversation.read_reads(&mut from)?;
        report = Option::read(&mut from)?;
    }
    from.finish()?;
    let entity = match report {
        None => Entity::Conversation(conversation.restored()),
        Some(report) if conversation == Conversation::default() => Entity::ApiBudget(Some(report)),
        Some(_) => return Err(DecodeError::Malformed),
    };
    Ok((entity, contributions))
}

/// A time near all others: the newest of the first session. Any time would do; this one is cheap.
fn base_time(entity: &Entity) -> Millis {
    let conversation = match entity {
        Entity::Conversation(conversation) => conversation,
        Entity::ApiBudget(report) => return report.as_ref().map_or(Millis(0), |report| report.at),
        Entity::Agent(agent) => return agent.newest_event_time().unwrap_or_default(),
    };
    let acd = conversation.acd_sessions.first().and_then(Session::newest_event_time);
    let user = || conversation.user_sessions.first().and_then(Session::newest_event_time);
    let customer = || conversation.customer_sessions.first().and_then(Session::newest_event_time);
    let metric = || conversation.metrics.first().map(|(_, metric)| metric.emitted);
    let first = acd.or_else(user).or_else(customer).or_else(metric);
    first.or(conversation.closed).unwrap_or_default()
}
