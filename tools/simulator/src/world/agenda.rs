//! What the world has to do, and for whom.

use super::agent_session::UserSession;

/// A task with a due time.
#[derive(Clone, Copy, Debug)]
pub(super) enum Task {
    /// The next conversation begins.
    Arrive,
    /// The roster of the next quarter of an hour is made.
    Roster,
    /// An agent begins or ends a shift.
    Duty { agent: usize, on: bool },
    /// The queues' observations are published.
    Observe,
    /// An agent can take one more conversation.
    Release { agent: usize, work: Work },
    /// An agent does something that has nothing to do with a conversation.
    Agent { agent: usize, plan: u32, step: AgentStep },
    /// A conversation continues.
    Step { number: u64, step: Step },
}

/// How a conversation continues. Sessions are named by their index in the conversation.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// The IVR transfers the caller to a lane, or the caller hangs up in it.
    LeaveIvr { to: Option<usize> },
    /// The IVR sets an attribute.
    Attribute,
    /// The customer enters a queue.
    Enter { lane: usize },
    /// The customer abandons the wait.
    LosePatience { acd: usize },
    /// The in-queue flow ends the wait.
    FlowOut { acd: usize },
    /// The system dials a customer who asked for a callback and gets the next free agent then.
    Dial { acd: usize },
    /// An alerted agent answers.
    Answer { user: usize },
    /// An agent did not answer an alert in time.
    RingOut { user: usize },
    /// Talk or hold ends.
    EndSegment { user: usize },
    /// After-call work is completed.
    Acw { user: usize },
    /// The consulting agent leaves the conversation to the colleague.
    EndConsult { user: usize },
    /// An agent closes a callback after its call.
    EndCallback { user: usize },
    /// The customer has left a voicemail.
    EndVoicemail,
}

/// What has occupied an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    /// A conversation of a queue, or one that a colleague handed over.
    Interaction,
    /// A call of the agent's own, for no queue.
    OwnCall,
    /// An alert that was not answered.
    MissedAlert,
}

impl Work {
    /// That of a session in which the agent is connected.
    pub(super) const fn new(session: &UserSession) -> Self {
        if session.outbound && session.queue.is_none() { Self::OwnCall } else { Self::Interaction }
    }
}

/// What an agent does next.
#[derive(Clone, Copy, Debug)]
pub(super) enum AgentStep {
    /// The shift begins.
    BeginShift,
    /// Something happens to an agent who is on queue.
    Interrupt,
    /// The agent goes on queue, after whatever it was.
    Return,
    /// The shift ends.
    EndShift,
    /// The agent logs out after the shift.
    LogOut,
}

/// A customer in a lane; ignored if the wait is over.
#[derive(Clone, Copy)]
pub(super) struct Waiting {
    pub(super) number: u64,
    pub(super) acd: usize,
    pub(super) since: i64,
}
