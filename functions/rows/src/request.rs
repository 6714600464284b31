//! The event of API Gateway, payload format 2.0: the fields that are used and no others, so the token
//! is never read.
//!
//! The type of `aws_lambda_events` is not used, since it accepts ASCII headers only: anybody could
//! make the function fail and raise its alarm.

use headroom_protocol::AuthorizerContext;
use serde::Deserialize;

/// A request of the HTTP API.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Request {
    /// The query string as the client sent it.
    pub raw_query_string: String,
    /// The headers.
    pub headers: Headers,
    /// The method and the token.
    pub request_context: RequestContext,
}

/// Headers. API Gateway writes their names in lower case, and joins several values by commas.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Headers {
    /// What the client has.
    pub if_none_match: Option<String>,
}

/// The method and the token of a request.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RequestContext {
    /// The method.
    pub http: Http,
    /// What the authorizer returned.
    pub authorizer: RowsAuthorizer,
}

/// The method of a request.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Http {
    /// `GET` or `HEAD`.
    pub method: String,
}

/// What the authorizer returned.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RowsAuthorizer {
    /// The verified token.
    #[serde(rename = "lambda")]
    pub context: AuthorizerContext,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_of_api_gateway_is_read() {
        let text = r#"{"version":"2.0","routeKey":"GET /v1/rows","rawPath":"/v1/rows",
            "rawQueryString":"subject=queue%23*","headers":{"authorization":"Bearer x",
            "if-none-match":"W/\"1\"","x-name":"Zo\u00eb"},"requestContext":{"http":{"method":"HEAD",
            "path":"/v1/rows"},"authorizer":{"lambda":{"sub":"u","queues":"[\"q\"]","agents":"false",
            "until":"1778594400"}}},"isBase64Encoded":false}"#;
        let request: Request = serde_json::from_str(text).unwrap();
        assert_eq!(request.raw_query_string, "subject=queue%23*");
        assert_eq!(request.headers.if_none_match.as_deref(), Some("W/\"1\""));
        let context = request.request_context;
        assert_eq!(context.http.method, "HEAD");
        assert_eq!(context.authorizer.context.queues, r#"["q"]"#);
    }

    #[test]
    fn a_request_without_a_token_allows_nothing() {
        let request: Request = serde_json::from_str("{}").unwrap();
        assert_eq!(request.request_context.authorizer.context.token(), None);
    }
}
