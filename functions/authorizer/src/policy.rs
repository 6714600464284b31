//! The authorizer's response to API Gateway.

use headroom_protocol::{AuthorizerContext, VerifiedToken};
use serde::Serialize;

/// The response of a REQUEST authorizer: a policy for one route, and the token's content for the
/// functions behind it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizerResponse {
    /// Claim `sub` of a valid token; `nobody` if the handshake is denied.
    pub principal_id: String,
    /// Whether the viewer may connect.
    pub policy_document: Policy,
    /// What the token says; none if the handshake is denied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<AuthorizerContext>,
}

/// An IAM policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Policy {
    version: &'static str,
    statement: [Statement; 1],
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    action: &'static str,
    effect: &'static str,
    resource: String,
}

impl AuthorizerResponse {
    pub(crate) fn allow(route: &str, token: VerifiedToken) -> Self {
        let context = Some(AuthorizerContext::from(&token));
        Self { principal_id: token.sub, policy_document: policy("Allow", route), context }
    }

    /// API Gateway answers 403 to this. A handshake without the token's header does not get as far
    /// as the authorizer: API Gateway answers 401 to it.
    pub(crate) fn deny(route: &str) -> Self {
        let principal_id = "nobody".to_owned();
        Self { principal_id, policy_document: policy("Deny", route), context: None }
    }
}

fn policy(effect: &'static str, route: &str) -> Policy {
    let statement = Statement { action: "execute-api:Invoke", effect, resource: route.to_owned() };
    Policy { version: "2012-10-17", statement: [statement] }
}
