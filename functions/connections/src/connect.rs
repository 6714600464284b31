//! From what the authorizer found out to a connection.

use crate::AuthorizerContext;
use headroom_kpi::Millis;
use headroom_protocol::{Grants, Queues};
use headroom_viewers::Connection;
use std::collections::BTreeSet;

impl AuthorizerContext {
    /// The connection that it allows; none if it says nothing that could be relied on.
    pub(crate) fn connection(&self, id: &str, now: Millis) -> Option<Connection> {
        let queues: Vec<String> = serde_json::from_str(&self.queues).ok()?;
        let until: i64 = self.until.parse().ok()?;
        let connection = Connection {
            id: id.to_owned(),
            principal: self.sub.clone(),
            grants: Grants { queues: Queues::from_claim(&queues), agents: self.agents == "true" },
            until: Millis(until.checked_mul(1_000)?),
            connected_at: now,
            subjects: BTreeSet::new(),
        };
        (!connection.expired(now)).then_some(connection)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = Millis(1_778_594_400_000);

    fn context(queues: &str, agents: &str, until: &str) -> AuthorizerContext {
        let text = str::to_owned;
        AuthorizerContext {
            sub: text("u"),
            queues: text(queues),
            agents: text(agents),
            until: text(until),
        }
    }

    #[test]
    fn the_token_says_what_may_be_seen_and_until_when() {
        let context = context(r#"["q1"]"#, "true", "1778594460");
        let connection = context.connection("c", NOW).unwrap();
        assert_eq!((connection.id.as_str(), connection.principal.as_str()), ("c", "u"));
        assert_eq!(connection.until, NOW + Millis(60_000));
        assert!(connection.grants.agents);
        assert!(connection.grants.allow_subject("queue#q1#voice"));
        assert!(!connection.grants.allow_subject("queue#q2#voice"));
    }

    #[test]
    fn what_cannot_be_relied_on_connects_nobody() {
        for (queues, until) in [
            ("", "1778594460"),
            ("q1", "1778594460"),
            ("[1]", "1778594460"),
            ("[]", ""),
            ("[]", "soon"),
            ("[]", "1778594400"),
            ("[]", "9223372036854775807"),
        ] {
            assert_eq!(
                context(queues, "true", until).connection("c", NOW),
                None,
                "{queues} {until}"
            );
        }
        let nothing = context("[]", "yes", "1778594460").connection("c", NOW).unwrap();
        assert_eq!(nothing.grants, Grants::default());
    }
}
