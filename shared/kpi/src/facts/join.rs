//! What the folds of all entities have in common.

/// Where a fact comes from. Ordered: a session fact of an event ranks above one of an API response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// A conversation or an agent that was read from the Platform API.
    Api,
    /// An event from EventBridge.
    Event,
}

/// What a fact did to an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FoldOutcome {
    /// It changed the entity.
    Applied,
    /// It was a repeat, or a later event of its kind and session outranks it.
    WithoutEffect,
    /// The conversation has no room for another session, metric fact or text
    /// ([`CONVERSATION_BYTES_MAX`](crate::limits::CONVERSATION_BYTES_MAX)), or the agent has too
    /// many changes at about that time
    /// ([`AGENT_CHANGES_MAX`](crate::limits::AGENT_CHANGES_MAX)). Nothing was changed.
    Full,
}

impl From<bool> for FoldOutcome {
    fn from(changed: bool) -> Self {
        if changed { Self::Applied } else { Self::WithoutEffect }
    }
}

/// Replaces `current` by a greater value. Returns whether that changed anything.
pub(crate) fn keep_greater<T: Ord>(current: &mut T, value: T) -> bool {
    let is_greater = *current < value;
    if is_greater {
        *current = value;
    }
    is_greater
}
