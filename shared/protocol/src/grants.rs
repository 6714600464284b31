//! What a token may see.

use crate::Pattern;
use headroom_kpi::Id;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a token may see. A claim that is missing grants nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants {
    /// Claim `queues`.
    pub queues: Queues,
    /// Claim `agents`: whether agents' rows may be seen.
    pub agents: bool,
}

/// The queues that may be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Queues {
    /// `["*"]`
    All,
    /// These.
    Some(BTreeSet<Id>),
}

impl Default for Queues {
    fn default() -> Self {
        Self::Some(BTreeSet::new())
    }
}

impl Queues {
    /// As the claim has them.
    pub fn to_claim(&self) -> Vec<String> {
        match self {
            Self::All => vec!["*".to_owned()],
            Self::Some(queues) => queues.iter().map(Id::to_string).collect(),
        }
    }

    /// From the claim. What is no id grants nothing.
    pub fn from_claim(queues: &[String]) -> Self {
        if queues.iter().any(|queue| queue == "*") {
            Self::All
        } else {
            Self::Some(queues.iter().filter_map(|queue| Id::parse(queue).ok()).collect())
        }
    }
}

/// The claims as they stand in a token, and in the authorizer's answer.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default)]
struct Claims {
    queues: Vec<String>,
    agents: bool,
}

impl Grants {
    /// From a token's claims. Claims of another type are an error of the token, not a grant.
    pub fn from_claims(claims: &serde_json::Value) -> Result<Self, serde_json::Error> {
        let claims = Claims::deserialize(claims)?;
        Ok(Self { queues: Queues::from_claim(&claims.queues), agents: claims.agents })
    }

    /// Whether a pattern may be subscribed to. `queue#*` always may: it means what is allowed.
    pub fn allow(&self, pattern: &Pattern) -> bool {
        match pattern {
            Pattern::AnyQueue | Pattern::Budget => true,
            Pattern::Queue(queue) | Pattern::QueueMedia(queue, _) => self.allow_queue(queue),
            Pattern::Agent(_) | Pattern::AgentMedia(..) => self.agents,
        }
    }

    /// What a pattern comes to. `queue#*` of a token that allows single queues is those queues, so
    /// that nobody who may not see all is found under all; what is not allowed is nothing.
    pub fn expand(&self, pattern: &Pattern) -> Vec<Pattern> {
        match (pattern, &self.queues) {
            (Pattern::AnyQueue, Queues::Some(queues)) => {
                queues.iter().cloned().map(Pattern::Queue).collect()
            }
            _ if self.allow(pattern) => vec![pattern.clone()],
            _ => Vec::new(),
        }
    }

    /// Whether a row may be seen: asked again of every row that is sent.
    pub fn allow_subject(&self, subject: &str) -> bool {
        subject.parse::<Pattern>().is_ok_and(|pattern| {
            !matches!(pattern, Pattern::AnyQueue | Pattern::Queue(_)) && self.allow(&pattern)
        })
    }

    fn allow_queue(&self, queue: &Id) -> bool {
        match &self.queues {
            Queues::All => true,
            Queues::Some(queues) => queues.contains(queue),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn grants(claims: &serde_json::Value) -> Grants {
        Grants::from_claims(claims).unwrap()
    }

    #[test]
    fn missing_claims_grant_nothing() {
        let none = grants(&json!({"sub": "somebody"}));
        assert_eq!(none, Grants::default());
        for subject in ["queue#q#voice", "agent#u", "agent#u#voice"] {
            assert!(!none.allow_subject(subject), "{subject}");
        }
        assert!(none.allow_subject("api#budget"));
    }

    #[test]
    fn a_token_for_one_queue_sees_nothing_of_another() {
        let one = grants(&json!({"queues": ["q1"]}));
        for (subject, seen) in
            [("queue#q1#voice", true), ("queue#q2#voice", false), ("queue#q10#voice", false)]
        {
            assert_eq!(one.allow_subject(subject), seen, "{subject}");
            assert_eq!(one.allow(&subject.parse().unwrap()), seen, "{subject}");
        }
        assert!(!one.allow(&"queue#q2#*".parse().unwrap()));
        assert!(one.allow(&Pattern::AnyQueue));
    }

    #[test]
    fn a_star_is_every_queue_and_no_agent() {
        let all = grants(&json!({"queues": ["*"]}));
        assert!(all.allow_subject("queue#any#voice"));
        assert!(!all.allow_subject("agent#u#voice"));
        assert!(grants(&json!({"agents": true})).allow_subject("agent#u#voice"));
    }

    #[test]
    fn every_queue_comes_to_those_that_are_allowed() {
        let expand = |claims: serde_json::Value, pattern: &str| -> Vec<String> {
            let patterns = grants(&claims).expand(&pattern.parse().unwrap());
            patterns.iter().map(ToString::to_string).collect()
        };
        assert_eq!(expand(json!({"queues": ["*"]}), "queue#*"), ["queue#*"]);
        assert_eq!(expand(json!({"queues": ["b", "a"]}), "queue#*"), ["queue#a#*", "queue#b#*"]);
        assert_eq!(expand(json!({"queues": ["a"]}), "queue#a#voice"), ["queue#a#voice"]);
        let nothing = Vec::<String>::new();
        assert_eq!(expand(json!({}), "queue#*"), nothing);
        assert_eq!(expand(json!({"queues": ["a"]}), "queue#b#*"), nothing);
        assert_eq!(expand(json!({"queues": ["*"]}), "agent#u"), nothing);
    }

    #[test]
    fn a_claim_is_written_as_it_is_read() {
        for claim in [vec![], vec!["*".to_owned()], vec!["a".to_owned(), "b".to_owned()]] {
            assert_eq!(Queues::from_claim(&claim).to_claim(), claim);
        }
    }

    #[test]
    fn claims_of_another_type_are_an_error() {
        for claims in [json!({"queues": "*"}), json!({"queues": [1]}), json!({"agents": "yes"})] {
            assert!(Grants::from_claims(&claims).is_err(), "{claims}");
        }
    }
}
