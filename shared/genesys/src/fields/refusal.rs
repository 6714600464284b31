//! Why an event cannot be used (`kpis.md#bad-input`).

/// An event that cannot be used: it is kept whole, with this beside it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {message}", .code.as_str())]
pub struct Refusal {
    /// For machines.
    pub code: RefusalCode,
    /// For people. Never quotes a value of the event, which may be personal data.
    pub message: String,
}

/// The kinds of refusal; [`RefusalCode::as_str`] is what programs see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RefusalCode {
    /// Not JSON, or not UTF-8.
    NotJson,
    /// Larger than an event can be.
    TooLarge,
    /// No usable `detail-type`.
    BadTopic,
    /// A needed id is missing or empty.
    MissingId,
    /// An id that is too long, or has a control character or `#`.
    BadId,
    /// The event's time is missing, no time, before 2000, or too far ahead of the envelope's.
    BadTime,
    /// A duration that is no whole number, negative or above 400 days.
    BadDuration,
    /// A metric name outside the alphabet, too long or missing.
    BadMetric,
    /// A routing status or presence outside the alphabet, too long or missing.
    BadStatus,
    /// A metric's value that is missing, no whole number, negative or above 400 days.
    BadValue,
    /// The conversation has no room left.
    ConversationFull,
    /// The agent has too many changes at about the same time.
    AgentFull,
    /// The row has 200 metric names already.
    RowFull,
    /// Older than what is kept of a conversation (`kpis.md#retention`).
    TooOld,
}

impl RefusalCode {
    /// The code as it is written to rejects files, queues and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotJson => "not_json",
            Self::TooLarge => "too_large",
            Self::BadTopic => "bad_topic",
            Self::MissingId => "missing_id",
            Self::BadId => "bad_id",
            Self::BadTime => "bad_time",
            Self::BadDuration => "bad_duration",
            Self::BadMetric => "bad_metric",
            Self::BadStatus => "bad_status",
            Self::BadValue => "bad_value",
            Self::ConversationFull => "conversation_full",
            Self::AgentFull => "agent_full",
            Self::RowFull => "row_full",
            Self::TooOld => "too_old",
        }
    }

    /// A refusal with this code.
    pub fn because(self, message: impl Into<String>) -> Refusal {
        Refusal { code: self, message: message.into() }
    }
}
