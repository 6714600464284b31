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
        let ids = claims.queues.iter().filter_map(|queue| Id::parse(queue).ok());
        let queues = if claims.queues.iter().any(|queue| queue == "*") {
            Queues::All
        } else {
            Queues::Some(ids.collect())
        };
        Ok(Self { queues, agents: claims.agents })
    }

    /// Whether a pattern may be subscribed to. `queue#*` always may: it means what is allowed.
    pub fn allow(&self, pattern: &Pattern) -> bool {
        match pattern {
            Pattern::AnyQueue | Pattern::Budget => true,
            Pattern::Queue(queue) | Pattern::QueueMedia(queue, _) => self.allow_queue(queue),
            Pattern::Agent(_) | Pattern::AgentMedia(..) => self.agents,
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
    fn claims_of_another_type_are_an_error() {
        for claims in [json!({"queues": "*"}), json!({"queues": [1]}), json!({"agents": "yes"})] {
            assert!(Grants::from_claims(&claims).is_err(), "{claims}");
        }
    }
}
