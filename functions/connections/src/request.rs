//! The events of API Gateway and the responses to them, with the fields that are used and no others:
//! so the headers of `$connect`, which contain the token, are never read.

use headroom_protocol::{AuthorizerContext, SUBPROTOCOL};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A call of a route of the WebSocket API.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// The route and the connection.
    pub request_context: RequestContext,
    /// The frame that the viewer sent.
    pub body: Option<String>,
    /// Whether the frame was binary.
    #[serde(default)]
    pub is_base64_encoded: bool,
}

/// The route and the connection of a call.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestContext {
    /// `$connect`, `$disconnect` or `$default`.
    pub route_key: String,
    /// API Gateway's id of the connection.
    pub connection_id: String,
    /// What the authorizer returned.
    pub authorizer: Option<AuthorizerContext>,
}

/// A response to API Gateway. Viewers get it only when they connect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// HTTP status.
    pub status_code: u16,
    /// HTTP headers.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<&'static str, &'static str>,
}

impl Response {
    pub(crate) fn status(status_code: u16) -> Self {
        Self { status_code, headers: BTreeMap::new() }
    }

    /// Selects the subprotocol: a browser closes the connection if the server selects none of those
    /// that it offered.
    pub(crate) fn connected() -> Self {
        Self { status_code: 200, headers: [("Sec-WebSocket-Protocol", SUBPROTOCOL)].into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_of_api_gateway_is_read() {
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
    fn responses_are_written_as_api_gateway_reads_them() {
        let json = |response| serde_json::to_string(&response).unwrap();
        assert_eq!(json(Response::status(429)), r#"{"statusCode":429}"#);
        assert_eq!(
            json(Response::connected()),
            r#"{"statusCode":200,"headers":{"Sec-WebSocket-Protocol":"headroom.v1"}}"#
        );
    }
}
