//! Subjects as viewers name them, with wildcards.

use headroom_kpi::{Id, Subject};
use std::fmt;
use std::str::FromStr;

/// One entry of a subscription.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pattern {
    /// `queue#*`: every queue that the token allows.
    AnyQueue,
    /// `queue#<queueId>#*`: every media type of a queue, and its agents.
    Queue(Id),
    /// `agent#*`: the status of every agent, without the media types.
    AnyAgent,
    /// `agent#<userId>#*`: the status and every media type of an agent.
    Agent(Id),
    /// The subject of a row.
    Subject(Subject),
}

/// A text that is no [`Pattern`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "no subject; use queue#*, queue#<id>#*, queue#<id>#<media>, queue#<id>#agents, agent#*, \
     agent#<id>, agent#<id>#*, agent#<id>#<media> or api#budget"
)]
pub struct PatternError;

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let parts: Vec<_> = text.splitn(3, '#').collect();
        match parts.as_slice() {
            ["queue", "*"] => Ok(Self::AnyQueue),
            ["agent", "*"] => Ok(Self::AnyAgent),
            // A wildcard, and no id.
            [_, "*", _] => Err(PatternError),
            ["queue", queue, "*"] => Id::parse(queue).map(Self::Queue).map_err(|_| PatternError),
            ["agent", user, "*"] => Id::parse(user).map(Self::Agent).map_err(|_| PatternError),
            _ => text.parse().map(Self::Subject).map_err(|_| PatternError),
        }
    }
}

impl Pattern {
    /// The patterns that cover a row's subject: its subscribers are stored under these.
    pub fn covering(subject: &Subject) -> Vec<Self> {
        let mut patterns = match subject {
            Subject::Queue { id, .. } | Subject::QueueAgents(id) => {
                vec![Self::AnyQueue, Self::Queue(id.clone())]
            }
            Subject::Agent { id, .. } => vec![Self::Agent(id.clone())],
            Subject::AgentStatus(id) => vec![Self::AnyAgent, Self::Agent(id.clone())],
            Subject::ApiBudget => Vec::new(),
        };
        patterns.push(Self::Subject(subject.clone()));
        patterns
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AnyQueue => f.write_str("queue#*"),
            Self::Queue(queue) => write!(f, "queue#{queue}#*"),
            Self::AnyAgent => f.write_str("agent#*"),
            Self::Agent(user) => write!(f, "agent#{user}#*"),
            Self::Subject(subject) => write!(f, "{subject}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_displayed_as_it_was_parsed() {
        for text in [
            "queue#*",
            "queue#q1#*",
            "queue#q1#voice",
            "queue#q1#agents",
            "agent#*",
            "agent#u1",
            "agent#u1#*",
            "agent#u1#chat",
            "api#budget",
        ] {
            assert_eq!(text.parse::<Pattern>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_text_that_is_no_subject_is_an_error() {
        for text in [
            "",
            "queue",
            "queue#",
            "queue##voice",
            "queue#*#voice",
            "queue#q",
            "queue#q#VOICE",
            "queue#q#voice#now",
            "queue#*#agents",
            "agent#",
            "agent#u#agents",
            "agent#*#*",
            "agent#*#voice",
            "api#other",
            "row#x",
            "queue#q#",
        ] {
            assert_eq!(text.parse::<Pattern>(), Err(PatternError), "{text}");
        }
    }

    #[test]
    fn a_subject_is_covered_by_itself_and_the_wildcards_above_it() {
        let covering = |subject: &str| -> Vec<String> {
            let subject = subject.parse().unwrap();
            Pattern::covering(&subject).iter().map(Pattern::to_string).collect()
        };
        assert_eq!(covering("queue#q#voice"), ["queue#*", "queue#q#*", "queue#q#voice"]);
        assert_eq!(covering("queue#q1#voice"), ["queue#*", "queue#q1#*", "queue#q1#voice"]);
        assert_eq!(covering("queue#q#agents"), ["queue#*", "queue#q#*", "queue#q#agents"]);
        assert_eq!(covering("agent#u"), ["agent#*", "agent#u#*", "agent#u"]);
        assert_eq!(covering("agent#u#voice"), ["agent#u#*", "agent#u#voice"]);
        assert_eq!(covering("api#budget"), ["api#budget"]);
    }

    #[test]
    fn a_wildcard_is_no_subject() {
        for text in ["queue#*", "queue#q#*", "agent#*", "agent#u#*", "queue#*#voice", "row#x"] {
            assert!(!matches!(text.parse(), Ok(Pattern::Subject(_))), "{text}");
        }
    }
}
