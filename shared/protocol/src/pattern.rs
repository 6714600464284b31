//! Subjects as viewers name them, with wildcards.

use headroom_kpi::{Id, Media};
use std::fmt;
use std::str::FromStr;

/// One entry of a subscription.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pattern {
    /// `queue#*`: every queue that the token allows.
    AnyQueue,
    /// `queue#<queueId>#*`: every media type of a queue.
    Queue(Id),
    /// `queue#<queueId>#<media>`, and `queue#<queueId>#agents`.
    QueueMedia(Id, String),
    /// `agent#*`: the status of every agent, without the media types.
    AnyAgent,
    /// `agent#<userId>`: the status of an agent.
    AgentStatus(Id),
    /// `agent#<userId>#*`: the status and every media type of an agent.
    Agent(Id),
    /// `agent#<userId>#<media>`.
    AgentMedia(Id, String),
    /// `api#budget`.
    Budget,
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
            ["api", "budget"] => Ok(Self::Budget),
            ["queue", "*"] => Ok(Self::AnyQueue),
            ["queue", queue, "*"] => Ok(Self::Queue(id(queue)?)),
            ["queue", queue, AGENTS] => Ok(Self::QueueMedia(id(queue)?, AGENTS.to_owned())),
            ["queue", queue, media] => Ok(Self::QueueMedia(id(queue)?, media_type(media)?)),
            ["agent", "*"] => Ok(Self::AnyAgent),
            ["agent", user] => Ok(Self::AgentStatus(id(user)?)),
            ["agent", user, "*"] => Ok(Self::Agent(id(user)?)),
            ["agent", user, media] => Ok(Self::AgentMedia(id(user)?, media_type(media)?)),
            _ => Err(PatternError),
        }
    }
}

/// In place of a media type: the staffing of a queue.
const AGENTS: &str = "agents";

fn id(text: &str) -> Result<Id, PatternError> {
    if text == "*" {
        return Err(PatternError);
    }
    Id::parse(text).map_err(|_| PatternError)
}

/// A media type, spelled as in subjects: in lower case.
fn media_type(text: &str) -> Result<String, PatternError> {
    let media = Media::new(text);
    if media.as_str() == text { Ok(text.to_owned()) } else { Err(PatternError) }
}

impl Pattern {
    /// The patterns that cover a row's subject: its subscribers are stored under these. None if the
    /// text is no subject of a row.
    pub fn covering(subject: &str) -> Vec<Self> {
        match subject.parse() {
            Ok(Self::QueueMedia(queue, media)) => {
                vec![Self::AnyQueue, Self::Queue(queue.clone()), Self::QueueMedia(queue, media)]
            }
            Ok(Self::AgentMedia(user, media)) => {
                vec![Self::Agent(user.clone()), Self::AgentMedia(user, media)]
            }
            Ok(Self::AgentStatus(user)) => {
                vec![Self::AnyAgent, Self::AgentStatus(user.clone()), Self::Agent(user)]
            }
            Ok(pattern @ Self::Budget) => vec![pattern],
            Ok(Self::AnyQueue | Self::Queue(_) | Self::AnyAgent | Self::Agent(_)) | Err(_) => {
                Vec::new()
            }
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AnyQueue => f.write_str("queue#*"),
            Self::Queue(queue) => write!(f, "queue#{queue}#*"),
            Self::QueueMedia(queue, media) => write!(f, "queue#{queue}#{media}"),
            Self::AnyAgent => f.write_str("agent#*"),
            Self::AgentStatus(user) => write!(f, "agent#{user}"),
            Self::Agent(user) => write!(f, "agent#{user}#*"),
            Self::AgentMedia(user, media) => write!(f, "agent#{user}#{media}"),
            Self::Budget => f.write_str("api#budget"),
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
            Pattern::covering(subject).iter().map(Pattern::to_string).collect()
        };
        assert_eq!(covering("queue#q#voice"), ["queue#*", "queue#q#*", "queue#q#voice"]);
        assert_eq!(covering("queue#q1#voice"), ["queue#*", "queue#q1#*", "queue#q1#voice"]);
        assert_eq!(covering("queue#q#agents"), ["queue#*", "queue#q#*", "queue#q#agents"]);
        assert_eq!(covering("agent#u"), ["agent#*", "agent#u", "agent#u#*"]);
        assert_eq!(covering("agent#u#voice"), ["agent#u#*", "agent#u#voice"]);
        assert_eq!(covering("api#budget"), ["api#budget"]);
        for subject in ["queue#*", "queue#q#*", "agent#*", "agent#u#*", "row#x"] {
            assert_eq!(covering(subject), [""; 0], "{subject}");
        }
    }
}
