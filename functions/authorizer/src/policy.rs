//! The authorizer's response to API Gateway.

use headroom_protocol::{AuthorizerContext, VerifiedToken};
use serde::Serialize;
use serde_json::{Value, json};

/// The response of a REQUEST authorizer: a policy for one route, and the token's content for the
/// functions behind it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizerResponse {
    /// Claim `sub` of a valid token; `nobody` if the handshake is denied.
    pub principal_id: String,
    /// An IAM policy: whether the viewer may connect.
    pub policy_document: Value,
    /// What the token says; none if the handshake is denied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<AuthorizerContext>,
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

fn policy(effect: &str, route: &str) -> Value {
    let statement = json!({"Action": "execute-api:Invoke", "Effect": effect, "Resource": route});
    json!({"Version": "2012-10-17", "Statement": [statement]})
}
