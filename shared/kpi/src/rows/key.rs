//! What identifies a row: its subject and bucket, and their text form (`kpis.md#subjects`).

use crate::bucket::{Bucket, RowKeyError};
use crate::id::Id;
use crate::names::Media;
use std::fmt;
use std::str::FromStr;

/// Whose numbers a row holds.
///
/// The order of variants is the order of rows in stored contributions: append, never reorder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// `agent#<userId>#<media>`
    Agent {
        /// `userId`
        id: Id,
        /// The media type.
        media: Media,
    },
    /// `queue#<queueId>#<media>`
    Queue {
        /// `queueId`
        id: Id,
        /// The media type.
        media: Media,
    },
    /// `api#budget`: what was spent of the API budget.
    ApiBudget,
    /// `agent#<userId>`: the status of an agent.
    AgentStatus(Id),
    /// `queue#<queueId>#agents`: the agents of a queue.
    QueueAgents(Id),
}

/// Identifies a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowKey {
    /// Whose numbers.
    pub subject: Subject,
    /// Of which time span.
    pub bucket: Bucket,
}

const API_BUDGET: &str = "api#budget";
/// In place of a media type: [`Media::new`] never gives it.
const AGENTS: &str = "agents";

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Agent { id, media } => write!(f, "agent#{id}#{media}"),
            Self::Queue { id, media } => write!(f, "queue#{id}#{media}"),
            Self::ApiBudget => f.write_str(API_BUDGET),
            Self::AgentStatus(id) => write!(f, "agent#{id}"),
            Self::QueueAgents(id) => write!(f, "queue#{id}#{AGENTS}"),
        }
    }
}

impl fmt::Display for RowKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}|{}", self.subject, self.bucket)
    }
}

impl FromStr for Subject {
    type Err = RowKeyError;

    fn from_str(text: &str) -> Result<Self, RowKeyError> {
        parse_subject(text).ok_or_else(|| RowKeyError(text.to_owned()))
    }
}

fn parse_subject(text: &str) -> Option<Subject> {
    if text == API_BUDGET {
        return Some(Subject::ApiBudget);
    }
    let (kind, id_and_media) = text.split_once('#')?;
    let Some((id, media_text)) = id_and_media.split_once('#') else {
        let id = Id::parse(id_and_media).ok()?;
        return (kind == "agent").then_some(Subject::AgentStatus(id));
    };
    if (kind, media_text) == ("queue", AGENTS) {
        return Some(Subject::QueueAgents(Id::parse(id).ok()?));
    }
    let (id, media) = (Id::parse(id).ok()?, Media::new(media_text));
    // Every subject has exactly one text: a media type in capitals is an error.
    if media.as_str() != media_text {
        return None;
    }
    match kind {
        "agent" => Some(Subject::Agent { id, media }),
        "queue" => Some(Subject::Queue { id, media }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_has_the_text_of_the_rules() {
        let id = Id::parse("q1").unwrap();
        let subject = Subject::Queue { id, media: Media::new("VOICE") };
        assert_eq!(subject.to_string(), "queue#q1#voice");
    }

    #[test]
    fn a_parsed_subject_displays_as_the_same_text() {
        for text in
            ["queue#q1#voice", "agent#u 1#hologram", "api#budget", "agent#u 1", "queue#q1#agents"]
        {
            assert_eq!(text.parse::<Subject>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_text_that_no_subject_displays_as_is_an_error() {
        for text in [
            "",
            "queue#q1",
            "queue##voice",
            "queue#q1#VOICE",
            "api#other",
            "queue#a#b#c",
            "agent#",
            "agent#u#agents",
        ] {
            assert!(text.parse::<Subject>().is_err(), "{text}");
        }
    }
}
