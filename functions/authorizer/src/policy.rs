//! The answer to API Gateway.

use crate::Pass;
use headroom_protocol::Queues;
use serde::Serialize;

/// A policy for one route, and what is known of the viewer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// Who it is; of those who are denied nothing is believed.
    pub principal_id: String,
    /// Whether they may connect.
    pub policy_document: Policy,
    /// For the functions behind; absent for those who are denied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<Context>,
}

/// What the functions behind get as `requestContext.authorizer`: texts alone, since API Gateway
/// takes no lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Context {
    /// Claim `sub`.
    pub sub: String,
    /// JSON of a list: the queues that may be seen, or `["*"]`.
    pub queues: String,
    /// `true` or `false`: whether agents may be seen.
    pub agents: String,
    /// Until when, in seconds since 1970.
    pub until: String,
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

impl Answer {
    pub(crate) fn allow(route: &str, pass: Pass) -> Self {
        let context = Context::of(&pass);
        Self {
            principal_id: pass.sub,
            policy_document: policy("Allow", route),
            context: Some(context),
        }
    }

    /// API Gateway answers 403. A handshake without the header does not come here: it gets 401.
    pub(crate) fn deny(route: &str) -> Self {
        let principal_id = "nobody".to_owned();
        Self { principal_id, policy_document: policy("Deny", route), context: None }
    }

    /// Whether they may connect.
    pub fn is_allowed(&self) -> bool {
        self.context.is_some()
    }
}

impl Context {
    fn of(pass: &Pass) -> Self {
        let queues = match &pass.grants.queues {
            Queues::All => serde_json::json!(["*"]),
            Queues::Some(queues) => queues.iter().map(ToString::to_string).collect(),
        };
        Self {
            sub: pass.sub.clone(),
            queues: queues.to_string(),
            agents: pass.grants.agents.to_string(),
            until: pass.until.to_string(),
        }
    }
}

fn policy(effect: &'static str, route: &str) -> Policy {
    let statement = Statement { action: "execute-api:Invoke", effect, resource: route.to_owned() };
    Policy { version: "2012-10-17", statement: [statement] }
}
