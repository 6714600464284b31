//! The authorizer's response to API Gateway.

use crate::Request;
use headroom_protocol::{AuthorizerContext, VerifiedToken};
use serde::Serialize;
use serde_json::{Value, json};

/// The response of a REQUEST authorizer: a decision, and the token's content for the functions behind
/// it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuthorizerResponse {
    /// Whether the request is allowed.
    #[serde(flatten)]
    pub decision: Decision,
    /// What the token says; none if the request is denied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<AuthorizerContext>,
}

/// Whether a request is allowed, in the form that its API takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum Decision {
    /// Of the WebSocket API.
    Policy {
        /// Claim `sub` of a valid token; `nobody` if the handshake is denied.
        principal_id: String,
        /// An IAM policy for one route: whether the viewer may connect.
        policy_document: Value,
    },
    /// Of the HTTP API: a simple response of payload format 2.0.
    Simple {
        /// Whether the request may pass.
        is_authorized: bool,
    },
}

impl AuthorizerResponse {
    pub(crate) fn allow(request: &Request, token: VerifiedToken) -> Self {
        let context = Some(AuthorizerContext::from(&token));
        Self { decision: decision(request, true, token.sub), context }
    }

    /// API Gateway answers 403 to this. A request without the token's header does not get as far as
    /// the authorizer: API Gateway answers 401 to it.
    pub(crate) fn deny(request: &Request) -> Self {
        Self { decision: decision(request, false, "nobody".to_owned()), context: None }
    }
}

fn decision(request: &Request, is_authorized: bool, principal_id: String) -> Decision {
    if request.is_http() {
        return Decision::Simple { is_authorized };
    }
    let effect = if is_authorized { "Allow" } else { "Deny" };
    Decision::Policy { principal_id, policy_document: policy(effect, &request.method_arn) }
}

fn policy(effect: &str, route: &str) -> Value {
    let statement = json!({"Action": "execute-api:Invoke", "Effect": effect, "Resource": route});
    json!({"Version": "2012-10-17", "Statement": [statement]})
}
