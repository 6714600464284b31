//! What API Gateway asks, and what it is answered: the fields that are used, and no others. So the
//! headers of `$connect`, which hold the token, are never read.

use headroom_protocol::SUBPROTOCOL;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A route of the WebSocket API is called.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// Who calls which route.
    pub request_context: RequestContext,
    /// The frame that a viewer sent.
    #[serde(default)]
    pub body: Option<String>,
    /// Whether the frame was binary.
    #[serde(default)]
    pub is_base64_encoded: bool,
}

/// Who calls which route.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestContext {
    /// `$connect`, `$disconnect` or `$default`.
    pub route_key: String,
    /// The connection.
    pub connection_id: String,
    /// What the authorizer found out.
    #[serde(default)]
    pub authorizer: Option<AuthorizerContext>,
}

/// What the authorizer found out: API Gateway passes on texts only.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AuthorizerContext {
    /// Claim `sub`.
    pub sub: String,
    /// Claim `queues`, as JSON.
    pub queues: String,
    /// Claim `agents`: `true` or `false`.
    pub agents: String,
    /// When the token's time is over, in seconds since 1970.
    pub until: String,
}

/// An answer to API Gateway. Viewers see it only when they connect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// Of HTTP.
    pub status_code: u16,
    /// Of HTTP.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<&'static str, &'static str>,
}

impl Response {
    pub(crate) fn status(status_code: u16) -> Self {
        Self { status_code, headers: BTreeMap::new() }
    }

    /// A browser breaks the connection off unless the server selects a subprotocol that it offered.
    pub(crate) fn connected() -> Self {
        Self { status_code: 200, headers: [("Sec-WebSocket-Protocol", SUBPROTOCOL)].into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_of_api_gateway_is_read() {
        let text = r#"{"headers":{"Sec-WebSocket-Protocol":"headroom.v1, bearer.x"},
            "requestContext":{"routeKey":"$connect","eventType":"CONNECT","connectionId":"c=",
            "authorizer":{"principalId":"u","sub":"u","queues":"[\"q\"]","agents":"false",
            "until":"1778594400","integrationLatency":12}},"isBase64Encoded":false}"#;
        let request: Request = serde_json::from_str(text).unwrap();
        let context = request.request_context;
        assert_eq!(
            (context.route_key.as_str(), context.connection_id.as_str()),
            ("$connect", "c=")
        );
        assert_eq!(context.authorizer.unwrap().queues, r#"["q"]"#);
    }

    #[test]
    fn answers_are_written_as_api_gateway_reads_them() {
        let written = |response| serde_json::to_string(&response).unwrap();
        assert_eq!(written(Response::status(429)), r#"{"statusCode":429}"#);
        assert_eq!(
            written(Response::connected()),
            r#"{"statusCode":200,"headers":{"Sec-WebSocket-Protocol":"headroom.v1"}}"#
        );
    }
}
