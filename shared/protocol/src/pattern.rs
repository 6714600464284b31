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
    /// `queue#<queueId>#<media>`.
    QueueMedia(Id, String),
    /// `agent#<userId>#<media>`.
    AgentMedia(Id, String),
    /// `api#budget`.
    Budget,
}

/// A text that is no [`Pattern`]. `agent#<userId>`, an agent's status, is not published yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "no subject; use queue#*, queue#<id>#*, queue#<id>#<media>, agent#<id>#<media> or api#budget"
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
            ["queue", queue, media] => Ok(Self::QueueMedia(id(queue)?, media_type(media)?)),
            ["agent", user, media] => Ok(Self::AgentMedia(id(user)?, media_type(media)?)),
            _ => Err(PatternError),
        }
    }
}

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
            Ok(pattern @ (Self::AgentMedia(..) | Self::Budget)) => vec![pattern],
            Ok(Self::AnyQueue | Self::Queue(_)) | Err(_) => Vec::new(),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AnyQueue => f.write_str("queue#*"),
            Self::Queue(queue) => write!(f, "queue#{queue}#*"),
            Self::QueueMedia(queue, media) => write!(f, "queue#{queue}#{media}"),
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
        for text in ["queue#*", "queue#q1#*", "queue#q1#voice", "agent#u1#chat", "api#budget"] {
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
            "agent#u",
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
    fn a_subject_is_covered_by_itself_and_the_wildcards_above_it() {
        let covering = |subject: &str| -> Vec<String> {
            Pattern::covering(subject).iter().map(Pattern::to_string).collect()
        };
        assert_eq!(covering("queue#q#voice"), ["queue#*", "queue#q#*", "queue#q#voice"]);
        assert_eq!(covering("queue#q1#voice"), ["queue#*", "queue#q1#*", "queue#q1#voice"]);
        assert_eq!(covering("agent#u#voice"), ["agent#u#voice"]);
        assert_eq!(covering("api#budget"), ["api#budget"]);
        for subject in ["queue#*", "queue#q#*", "agent#u", "row#x"] {
            assert_eq!(covering(subject), [""; 0], "{subject}");
        }
    }
}
