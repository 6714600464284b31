//! The topics of Genesys Cloud, and what becomes of each.

use crate::fields::Scalar;

/// A topic whose events become facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// A conversation enters a queue.
    AcdStart,
    /// A conversation leaves a queue.
    AcdEnd,
    /// A user is alerted, or starts work.
    UserStart,
    /// A user session ends.
    UserEnd,
    /// After-call work is done.
    Acw,
    /// The customer arrives.
    CustomerStart,
    /// The customer leaves.
    CustomerEnd,
    /// Genesys computed a metric.
    ConversationMetrics,
    /// Status, presence or queues of a user changed.
    UserActivity,
    /// The presence of a user changed.
    UserPresence,
    /// The routing status of a user changed.
    UserRoutingStatus,
    /// A user joined or left a queue.
    QueueUsers,
    /// Ours, published by gap reads: a conversation is over.
    ConversationClosed,
    /// Ours, published by gap reads: what the Platform API said about a conversation.
    ConversationDetails,
    /// Ours, published by gap reads: what the Platform API said about a user.
    AgentState,
    /// Ours, published by gap reads: what was spent of the API budget.
    ApiBudget,
}

/// A line of the table of topics.
#[derive(Clone, Copy, Debug)]
pub struct TopicEntry {
    /// The `detail-type`, with a literal `{id}`.
    pub template: &'static str,
    /// The topic, if its events become facts; any other is counted and dropped.
    pub topic: Option<Topic>,
}

/// Every topic that is known. Any other is counted as unknown and dropped.
pub const TOPICS: [TopicEntry; 38] = [
    used("v2.detail.events.conversation.{id}.acd.start", Topic::AcdStart),
    used("v2.detail.events.conversation.{id}.acd.end", Topic::AcdEnd),
    used("v2.detail.events.conversation.{id}.user.start", Topic::UserStart),
    used("v2.detail.events.conversation.{id}.user.end", Topic::UserEnd),
    used("v2.detail.events.conversation.{id}.acw", Topic::Acw),
    used("v2.detail.events.conversation.{id}.customer.start", Topic::CustomerStart),
    used("v2.detail.events.conversation.{id}.customer.end", Topic::CustomerEnd),
    used("v2.analytics.conversation.{id}.metrics", Topic::ConversationMetrics),
    used("v2.users.{id}.activity", Topic::UserActivity),
    used("v2.users.{id}.presence", Topic::UserPresence),
    used("v2.users.{id}.routingStatus", Topic::UserRoutingStatus),
    used("v2.routing.queues.{id}.users", Topic::QueueUsers),
    used("headroom.conversation.closed", Topic::ConversationClosed),
    used("headroom.conversation.details", Topic::ConversationDetails),
    used("headroom.agent.state", Topic::AgentState),
    used("headroom.api.budget", Topic::ApiBudget),
    // It repeats acw, without the user; no number depends on the wrap-up code.
    ignored("v2.detail.events.conversation.{id}.wrapup"),
    // What they observe is counted here from the detail events.
    ignored("v2.detail.events.agent.{id}.state"),
    ignored("v2.analytics.queues.{id}.activity"),
    ignored("v2.analytics.queues.{id}.observations"),
    ignored("v2.analytics.users.{id}.aggregates"),
    ignored("v2.users.{id}.conversationsummary"),
    ignored("v2.routing.queues.{id}.conversations"),
    // No number depends on them.
    ignored("v2.detail.events.conversation.{id}.attributes"),
    ignored("v2.detail.events.conversation.{id}.contact"),
    ignored("v2.detail.events.conversation.{id}.flow.start"),
    ignored("v2.detail.events.conversation.{id}.flow.end"),
    ignored("v2.detail.events.conversation.{id}.flow.outcome"),
    ignored("v2.detail.events.conversation.{id}.outbound"),
    ignored("v2.detail.events.conversation.{id}.voicemail.start"),
    ignored("v2.detail.events.conversation.{id}.voicemail.end"),
    ignored("v2.analytics.flow.{id}.metrics"),
    ignored("v2.analytics.wrapup.{id}.aggregates"),
    ignored("v2.analytics.conversations.details.jobs.availability"),
    ignored("v2.users.{id}.outofoffice"),
    ignored("v2.conversations.{id}.transcription"),
    ignored("v2.operations.events.{id}"),
    ignored("v2.audits.entitytype.{id}.entityid.{id}"),
];

const fn used(template: &'static str, topic: Topic) -> TopicEntry {
    TopicEntry { template, topic: Some(topic) }
}

const fn ignored(template: &'static str) -> TopicEntry {
    TopicEntry { template, topic: None }
}

/// A `detail-type`.
#[derive(Debug, Default)]
pub(crate) enum TopicField {
    #[default]
    Missing,
    Known(&'static TopicEntry),
    Unknown(String),
}

/// Characters of an unknown topic that are kept, to count it by.
const UNKNOWN_TOPIC_CHARS: usize = 80;

impl Scalar for TopicField {
    fn text(text: &str) -> Self {
        match find(text) {
            Some(entry) => Self::Known(entry),
            None if text.is_empty() => Self::Missing,
            None => Self::Unknown(text.chars().take(UNKNOWN_TOPIC_CHARS).collect()),
        }
    }
}

/// The table's line for a `detail-type`, if it has one.
pub(crate) fn find(detail_type: &str) -> Option<&'static TopicEntry> {
    TOPICS.iter().find(|entry| entry.template == detail_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_topic_stands_in_the_table_twice() {
        for entry in &TOPICS {
            let entries = TOPICS.iter().filter(|other| other.template == entry.template);
            assert_eq!(entries.count(), 1, "{}", entry.template);
        }
    }

    #[test]
    fn a_topic_is_found_by_its_template_only() {
        assert!(find("v2.detail.events.conversation.{id}.acw").is_some());
        assert!(find("v2.detail.events.conversation.{id}.acd").is_none());
        assert!(find("").is_none());
    }
}
