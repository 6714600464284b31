//! What the world has to do next.

/// What is due at some time.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Task {
    /// The next customer comes, or an agent calls one.
    Arrive,
    /// The rosters of the next quarter of an hour are made.
    Roster,
    /// An agent begins or ends work.
    Duty { agent: usize, on: bool },
    /// The queues' observations are published.
    Observe,
    /// An agent has a hand free again.
    Release { agent: usize },
    /// A conversation goes on.
    Step { number: u64, step: Step },
}

/// How a conversation goes on. Sessions are meant by their place in the conversation's lists.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// The IVR hands over to a lane, or the caller hangs up in it.
    LeaveIvr { to: Option<usize> },
    /// The IVR sets an attribute.
    Attribute,
    /// Enters a queue.
    Enter { lane: usize },
    /// The customer will not wait any longer.
    LosePatience { acd: usize },
    /// The in-queue flow offers something better than waiting.
    FlowOut { acd: usize },
    /// An alerted agent answers.
    Answer { user: usize },
    /// An alerted agent has let it ring too long.
    RingOut { user: usize },
    /// A stretch of talk or hold ends.
    EndSegment { user: usize },
    /// After-call work is completed before the session has ended.
    EarlyAcw { user: usize },
    /// After-call work is completed.
    Acw { user: usize },
    /// An agent leaves a conversation to the one consulted.
    EndConsult { user: usize },
    /// An agent closes a callback after its call.
    EndCallback { user: usize },
    /// The customer has left a message.
    EndVoicemail,
}
