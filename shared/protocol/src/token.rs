//! What a verified token says, and how the authorizer passes it to the other functions.

use crate::Grants;
use headroom_kpi::Millis;
use serde::{Deserialize, Serialize};

/// What a token says, after its signature, issuer, audience and times were verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedToken {
    /// Claim `sub`: who the viewer is.
    pub sub: String,
    /// Claims `queues` and `agents`: what the viewer may see.
    pub grants: Grants,
    /// Claim `exp`: when the token expires, in whole seconds.
    pub until: Millis,
}

/// A [`VerifiedToken`] as the authorizer returns it to API Gateway, which passes it to the other
/// functions as `requestContext.authorizer`. All fields are texts: API Gateway takes no lists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AuthorizerContext {
    /// Claim `sub`.
    pub sub: String,
    /// JSON of a list of queue ids, or of `["*"]`.
    pub queues: String,
    /// `true` or `false`.
    pub agents: String,
    /// When the token expires, in seconds since 1970.
    pub until: String,
}

impl From<&VerifiedToken> for AuthorizerContext {
    fn from(token: &VerifiedToken) -> Self {
        Self {
            sub: token.sub.clone(),
            queues: serde_json::json!(token.grants.queues).to_string(),
            agents: token.grants.agents.to_string(),
            until: token.until.seconds().to_string(),
        }
    }
}

impl AuthorizerContext {
    /// The token behind it; none if `queues` or `until` cannot be read.
    pub fn token(&self) -> Option<VerifiedToken> {
        let queues = serde_json::from_str(&self.queues).ok()?;
        let until: i64 = self.until.parse().ok()?;
        Some(VerifiedToken {
            sub: self.sub.clone(),
            grants: Grants { queues, agents: self.agents == "true" },
            until: Millis(until.checked_mul(1_000)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// What `connections` reads of the JSON that the authorizer wrote.
    fn passed_on(token: &VerifiedToken) -> Option<VerifiedToken> {
        let mut json = serde_json::to_value(AuthorizerContext::from(token)).unwrap();
        json["integrationLatency"] = json!(12);
        serde_json::from_value::<AuthorizerContext>(json).unwrap().token()
    }

    #[test]
    fn the_functions_behind_the_authorizer_get_the_token_that_it_verified() {
        let until = Millis(1_778_594_460_000);
        for (sub, queues, agents) in [
            ("supervisor", json!(["q1", "q2"]), true),
            ("\"Zoë\", #1", json!(["*"]), false),
            ("nobody", json!([]), false),
        ] {
            let claims = json!({"queues": queues, "agents": agents});
            let grants = Grants::from_claims(&claims).unwrap();
            let token = VerifiedToken { sub: sub.into(), grants, until };
            assert_eq!(passed_on(&token), Some(token));
        }
    }

    #[test]
    fn a_context_that_cannot_be_read_is_no_token() {
        for (queues, until) in [
            ("", "1778594460"),
            ("q1", "1778594460"),
            ("[1]", "1778594460"),
            ("[]", ""),
            ("[]", "soon"),
            ("[]", "9223372036854775807"),
        ] {
            let (sub, agents) = ("u".to_owned(), "true".to_owned());
            let context =
                AuthorizerContext { sub, queues: queues.into(), agents, until: until.into() };
            assert_eq!(context.token(), None, "{queues} {until}");
        }
        assert_eq!(AuthorizerContext::default().token(), None);
    }

    #[test]
    fn agents_are_granted_by_the_text_true_alone() {
        let context = AuthorizerContext {
            sub: "u".into(),
            queues: "[]".into(),
            agents: "yes".into(),
            until: "1778594460".into(),
        };
        assert_eq!(context.token().unwrap().grants, Grants::default());
    }
}
