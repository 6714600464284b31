//! Which subjects a token may see.

use crate::Pattern;
use headroom_kpi::{Id, Subject};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a token may see, as its claims say it. A missing claim grants nothing. The API budget is open
/// to every token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Grants {
    /// Claim `queues`: whose queues' rows may be seen.
    pub queues: Queues,
    /// Claim `agents`: whether agents' rows may be seen.
    pub agents: bool,
}

/// The queues that a token may see. The claim is a list of queue ids, or `["*"]`; a text that is no
/// id grants nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<String>", into = "Vec<String>")]
pub enum Queues {
    /// Every queue.
    All,
    /// These queues.
    Some(BTreeSet<Id>),
}

impl Default for Queues {
    fn default() -> Self {
        Self::Some(BTreeSet::new())
    }
}

impl From<Vec<String>> for Queues {
    fn from(claim: Vec<String>) -> Self {
        if claim.iter().any(|queue| queue == "*") {
            return Self::All;
        }
        Self::Some(claim.iter().filter_map(|queue| Id::parse(queue).ok()).collect())
    }
}

impl From<Queues> for Vec<String> {
    fn from(queues: Queues) -> Self {
        match queues {
            Queues::All => vec!["*".to_owned()],
            Queues::Some(queues) => queues.iter().map(Id::to_string).collect(),
        }
    }
}

impl Queues {
    fn contains(&self, queue: &Id) -> bool {
        match self {
            Self::All => true,
            Self::Some(queues) => queues.contains(queue),
        }
    }
}

impl Grants {
    /// Reads a token's claims. A claim of another type is an error, since it is a mistake of the
    /// issuer.
    pub fn from_claims(claims: &serde_json::Value) -> Result<Self, serde_json::Error> {
        Self::deserialize(claims)
    }

    /// Whether a pattern may be subscribed to. `queue#*` always may: it means the allowed queues.
    pub fn allows(&self, pattern: &Pattern) -> bool {
        match pattern {
            Pattern::AnyQueue => true,
            Pattern::Queue(queue) => self.queues.contains(queue),
            Pattern::AnyAgent | Pattern::Agent(_) => self.agents,
            Pattern::Subject(subject) => self.allows_subject(subject),
        }
    }

    /// The allowed patterns that a pattern stands for. `queue#*` of a token for certain queues is
    /// each of those queues, so that only viewers who may see every queue are stored under
    /// `queue#*`. A pattern that is not allowed stands for none.
    pub fn expand(&self, pattern: &Pattern) -> Vec<Pattern> {
        match (pattern, &self.queues) {
            (Pattern::AnyQueue, Queues::Some(queues)) => {
                queues.iter().cloned().map(Pattern::Queue).collect()
            }
            _ if self.allows(pattern) => vec![pattern.clone()],
            _ => Vec::new(),
        }
    }

    /// Whether a row with this subject may be seen. Checked for every row of a snapshot.
    pub fn allows_subject(&self, subject: &Subject) -> bool {
        match subject {
            Subject::Queue { id, .. } | Subject::QueueAgents(id) => self.queues.contains(id),
            Subject::Agent { .. } | Subject::AgentStatus(_) => self.agents,
            Subject::ApiBudget => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn allows_subject(grants: &Grants, subject: &str) -> bool {
        grants.allows_subject(&subject.parse().unwrap())
    }

    fn grants(claims: &serde_json::Value) -> Grants {
        Grants::from_claims(claims).unwrap()
    }

    #[test]
    fn missing_claims_grant_nothing() {
        let grants = grants(&json!({"sub": "somebody"}));
        assert_eq!(grants, Grants::default());
        for subject in ["queue#q#voice", "queue#q#agents", "agent#u#voice", "agent#u"] {
            assert!(!allows_subject(&grants, subject), "{subject}");
        }
        assert!(allows_subject(&grants, "api#budget"));
    }

    #[test]
    fn a_token_for_one_queue_sees_no_other() {
        let grants = grants(&json!({"queues": ["q1"]}));
        for (subject, allowed) in [
            ("queue#q1#voice", true),
            ("queue#q1#agents", true),
            ("queue#q2#voice", false),
            ("queue#q2#agents", false),
            ("queue#q10#voice", false),
            ("agent#q1", false),
        ] {
            assert_eq!(allows_subject(&grants, subject), allowed, "{subject}");
            assert_eq!(grants.allows(&subject.parse().unwrap()), allowed, "{subject}");
        }
        assert!(!grants.allows(&"queue#q2#*".parse().unwrap()));
        assert!(grants.allows(&Pattern::AnyQueue));
    }

    #[test]
    fn a_star_grants_every_queue_and_no_agent() {
        let every_queue = grants(&json!({"queues": ["*"]}));
        assert!(allows_subject(&every_queue, "queue#any#voice"));
        let agents = grants(&json!({"agents": true}));
        for subject in ["agent#u#voice", "agent#u"] {
            assert!(!allows_subject(&every_queue, subject));
            assert!(allows_subject(&agents, subject));
        }
        for pattern in ["agent#*", "agent#u", "agent#u#*", "agent#u#voice"] {
            assert_eq!(every_queue.expand(&pattern.parse().unwrap()), []);
            assert_eq!(agents.expand(&pattern.parse().unwrap()).len(), 1);
        }
        assert!(!allows_subject(&agents, "queue#q#agents"));
    }

    #[test]
    fn queue_star_stands_for_the_queues_that_are_allowed() {
        let expand = |claims: serde_json::Value, pattern: &str| -> Vec<String> {
            let patterns = grants(&claims).expand(&pattern.parse().unwrap());
            patterns.iter().map(ToString::to_string).collect()
        };
        assert_eq!(expand(json!({"queues": ["*"]}), "queue#*"), ["queue#*"]);
        assert_eq!(expand(json!({"queues": ["b", "a"]}), "queue#*"), ["queue#a#*", "queue#b#*"]);
        assert_eq!(expand(json!({"queues": ["a"]}), "queue#a#voice"), ["queue#a#voice"]);
        assert_eq!(expand(json!({}), "queue#*"), [""; 0]);
        assert_eq!(expand(json!({"queues": ["a"]}), "queue#b#*"), [""; 0]);
        assert_eq!(expand(json!({"queues": ["*"]}), "agent#u#voice"), [""; 0]);
    }

    #[test]
    fn a_claim_is_written_as_it_is_read() {
        for claim in [vec![], vec!["*".to_owned()], vec!["a".to_owned(), "b".to_owned()]] {
            assert_eq!(Vec::from(Queues::from(claim.clone())), claim);
        }
    }

    #[test]
    fn claims_of_another_type_are_an_error() {
        for claims in [json!({"queues": "*"}), json!({"queues": [1]}), json!({"agents": "yes"})] {
            assert!(Grants::from_claims(&claims).is_err(), "{claims}");
        }
    }
}
