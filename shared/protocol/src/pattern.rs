//! Subjects as viewers name them, with wildcards.

use headroom_kpi::Id;
use std::fmt;
use std::str::FromStr;

/// What one entry of a subscription means.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pattern {
    /// `queue#*`: every queue that the token allows.
    AnyQueue,
    /// `queue#<queueId>#*`: every media type of a queue.
    Queue(Id),
    /// `queue#<queueId>#<media>`.
    QueueMedia(Id, String),
    /// `agent#<userId>`: status.
    Agent(Id),
    /// `agent#<userId>#<media>`.
    AgentMedia(Id, String),
    /// `api#budget`.
    Budget,
}

/// A text that names no subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "no subject; use queue#*, queue#<id>#*, queue#<id>#<media>, agent#<id>, agent#<id>#<media> or api#budget"
)]
pub struct PatternError;

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let id = |text: &str| match text {
            "*" => Err(PatternError),
            text => Id::parse(text).map_err(|_| PatternError),
        };
        let parts: Vec<_> = text.splitn(3, '#').collect();
        match parts.as_slice() {
            ["api", "budget"] => Ok(Self::Budget),
            ["queue", "*"] => Ok(Self::AnyQueue),
            ["queue", queue, "*"] => Ok(Self::Queue(id(queue)?)),
            ["queue", queue, media] => Ok(Self::QueueMedia(id(queue)?, media_type(media)?)),
            ["agent", user] => Ok(Self::Agent(id(user)?)),
            ["agent", user, media] => Ok(Self::AgentMedia(id(user)?, media_type(media)?)),
            _ => Err(PatternError),
        }
    }
}

/// A media type in the one form that subjects have: lower case.
fn media_type(text: &str) -> Result<String, PatternError> {
    let media = headroom_kpi::Media::new(text);
    if media.as_str() == text { Ok(text.to_owned()) } else { Err(PatternError) }
}

impl Pattern {
    /// Whether a row's subject is one of those that are meant.
    pub fn covers(&self, subject: &str) -> bool {
        let is = |prefix: &str, id: &Id| {
            let rest = subject.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('#'));
            rest.and_then(|rest| rest.rsplit_once('#'))
                .is_some_and(|(own, _)| *own == id.to_string())
        };
        match self {
            Self::AnyQueue => subject.starts_with("queue#"),
            Self::Queue(queue) => is("queue", queue),
            _ => self.to_string() == subject,
        }
    }
}

impl Pattern {
    /// The patterns that cover a row's subject: under these its subscribers are found.
    pub fn covering(subject: &str) -> Vec<Self> {
        match subject.parse() {
            Ok(Self::QueueMedia(queue, media)) => {
                vec![Self::AnyQueue, Self::Queue(queue.clone()), Self::QueueMedia(queue, media)]
            }
            Ok(Self::AnyQueue | Self::Queue(_)) | Err(_) => Vec::new(),
            Ok(itself) => vec![itself],
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AnyQueue => f.write_str("queue#*"),
            Self::Queue(queue) => write!(f, "queue#{queue}#*"),
            Self::QueueMedia(queue, media) => write!(f, "queue#{queue}#{media}"),
            Self::Agent(user) => write!(f, "agent#{user}"),
            Self::AgentMedia(user, media) => write!(f, "agent#{user}#{media}"),
            Self::Budget => f.write_str("api#budget"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_the_same() {
        for text in
            ["queue#*", "queue#q1#*", "queue#q1#voice", "agent#u1", "agent#u1#chat", "api#budget"]
        {
            assert_eq!(text.parse::<Pattern>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_names_no_subject_is_refused() {
        for text in [
            "",
            "queue",
            "queue#",
            "queue##voice",
            "queue#*#voice",
            "queue#q",
            "queue#q#VOICE",
            "queue#q#voice#now",
            "agent#*",
            "agent#",
            "api#other",
            "row#x",
            "queue#q#",
        ] {
            assert_eq!(text.parse::<Pattern>(), Err(PatternError), "{text}");
        }
    }

    #[test]
    fn a_wildcard_covers_its_own_and_no_other() {
        let covers = |pattern: &str, subject| pattern.parse::<Pattern>().unwrap().covers(subject);
        assert!(covers("queue#*", "queue#q1#voice"));
        assert!(!covers("queue#*", "agent#q1#voice"));
        assert!(covers("queue#q1#*", "queue#q1#voice"));
        assert!(!covers("queue#q1#*", "queue#q10#voice"));
        assert!(!covers("queue#q1#*", "agent#q1#voice"));
        assert!(covers("queue#q1#voice", "queue#q1#voice"));
        assert!(!covers("queue#q1#voice", "queue#q1#chat"));
        assert!(!covers("agent#u1", "agent#u1#voice"));
    }

    #[test]
    fn a_subject_is_covered_by_itself_and_the_wildcards_above_it() {
        let covering = |subject: &str| -> Vec<String> {
            Pattern::covering(subject).iter().map(Pattern::to_string).collect()
        };
        assert_eq!(covering("queue#q#voice"), ["queue#*", "queue#q#*", "queue#q#voice"]);
        assert_eq!(covering("agent#u#voice"), ["agent#u#voice"]);
        for subject in ["queue#*", "queue#q#*", "row#x"] {
            assert_eq!(covering(subject), [""; 0], "{subject}");
        }
        for subject in ["queue#q#voice", "agent#u#voice", "api#budget"] {
            assert!(Pattern::covering(subject).iter().all(|pattern| pattern.covers(subject)));
        }
    }
}
