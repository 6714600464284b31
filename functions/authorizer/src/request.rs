//! The authorizer's event.

use crate::Denied;
use headroom_protocol::SUBPROTOCOL;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Subprotocol offers that are read: a viewer makes two.
const OFFERS_MAX: usize = 8;

/// The event of a REQUEST authorizer, on a WebSocket route or, in payload format 2.0, on a route of
/// the HTTP API: the fields that are used.
///
/// The type of `aws_lambda_events` is not used, since it accepts ASCII headers only: anybody could
/// make the function fail and raise its alarm. There is no `Debug`, since it contains the token.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Request {
    /// The ARN of a WebSocket route.
    pub method_arn: String,
    /// The ARN of a route of the HTTP API. Only API Gateway sets it, so that nobody can choose by
    /// which rules a request is read.
    pub route_arn: Option<String>,
    /// The last value of each header.
    pub headers: Option<BTreeMap<String, String>>,
    /// All values of each header.
    pub multi_value_headers: Option<BTreeMap<String, Vec<String>>>,
}

impl Request {
    /// Whether this is a request of the HTTP API, and not a handshake.
    pub(crate) fn is_http(&self) -> bool {
        self.route_arn.is_some()
    }

    /// The token: from `Authorization: Bearer <JWT>` of a request of the HTTP API, or from
    /// `Sec-WebSocket-Protocol: headroom.v1, bearer.<JWT>` of a handshake.
    pub fn token(&self) -> Result<&str, Denied> {
        if self.is_http() { self.bearer_token() } else { self.offered_token() }
    }

    fn bearer_token(&self) -> Result<&str, Denied> {
        match self.header("authorization").as_slice() {
            [value] => match value.split_once(' ') {
                Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token.trim()),
                _ => Err(Denied::NotOneToken),
            },
            _ => Err(Denied::NotOneToken),
        }
    }

    fn offered_token(&self) -> Result<&str, Denied> {
        let values = self.header("sec-websocket-protocol").into_iter();
        let offers = values.flat_map(|value| value.split(',')).map(str::trim);
        let offers: Vec<_> = offers.take(OFFERS_MAX).collect();
        let tokens: Vec<_> =
            offers.iter().filter_map(|offer| offer.strip_prefix("bearer.")).collect();
        match tokens.as_slice() {
            _ if !offers.contains(&SUBPROTOCOL) => Err(Denied::Subprotocol),
            [token] => Ok(token),
            _ => Err(Denied::NotOneToken),
        }
    }

    /// The origins of the page. Only browsers send one.
    pub fn origins(&self) -> Vec<&str> {
        self.header("origin")
    }

    /// All values of a header, whatever the case of its name.
    fn header(&self, name: &str) -> Vec<&str> {
        let has_name = |header: &str| header.eq_ignore_ascii_case(name);
        let headers = self.multi_value_headers.iter().flatten();
        let values: Vec<_> = headers
            .filter(|(header, _)| has_name(header))
            .flat_map(|(_, values)| values.iter().map(String::as_str))
            .collect();
        if !values.is_empty() {
            return values;
        }
        let headers = self.headers.iter().flatten().filter(|(header, _)| has_name(header));
        headers.map(|(_, value)| value.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn token(event: serde_json::Value) -> Result<String, Denied> {
        serde_json::from_value::<Request>(event).unwrap().token().map(str::to_owned)
    }

    #[test]
    fn the_token_is_found_in_every_form_of_the_header() {
        for event in [
            json!({"headers": {"Sec-WebSocket-Protocol": "headroom.v1, bearer.a.b.c"}}),
            json!({"headers": {"sec-websocket-protocol": "bearer.a.b.c,headroom.v1"}}),
            json!({"headers": null, "multiValueHeaders": {"SEC-WEBSOCKET-PROTOCOL": ["headroom.v1", "bearer.a.b.c"]}}),
            json!({
                "headers": {"Sec-WebSocket-Protocol": "bearer.a.b.c"},
                "multiValueHeaders": {"Sec-WebSocket-Protocol": ["headroom.v1", "bearer.a.b.c"]},
            }),
        ] {
            assert_eq!(token(event), Ok("a.b.c".to_owned()));
        }
    }

    #[test]
    fn no_token_or_two_or_another_protocol_is_denied() {
        let offers = |text: &str| token(json!({"headers": {"Sec-WebSocket-Protocol": text}}));
        assert_eq!(token(json!({})), Err(Denied::Subprotocol));
        assert_eq!(offers("bearer.a.b.c"), Err(Denied::Subprotocol));
        assert_eq!(offers("headroom.v1"), Err(Denied::NotOneToken));
        assert_eq!(offers("headroom.v1, bearer.a, bearer.b"), Err(Denied::NotOneToken));
        assert_eq!(offers(&"x,".repeat(100)), Err(Denied::Subprotocol));
    }

    #[test]
    fn a_request_of_the_http_api_has_its_token_in_one_header() {
        let http = |headers: serde_json::Value| {
            token(json!({"version": "2.0", "routeArn": "arn:x", "headers": headers}))
        };
        for value in ["Bearer a.b.c", "bearer a.b.c", "BEARER  a.b.c "] {
            assert_eq!(http(json!({"authorization": value})), Ok("a.b.c".to_owned()), "{value}");
        }
        for value in ["", "Bearer", "a.b.c", "Basic a.b.c", "bearer.a.b.c"] {
            assert_eq!(http(json!({"authorization": value})), Err(Denied::NotOneToken), "{value}");
        }
        let offers = json!({"sec-websocket-protocol": "headroom.v1, bearer.a.b.c"});
        assert_eq!(http(offers), Err(Denied::NotOneToken));
        let handshake = json!({"methodArn": "arn:x", "headers": {"authorization": "Bearer a.b.c"}});
        assert_eq!(token(handshake), Err(Denied::Subprotocol));
    }

    #[test]
    fn headers_other_than_ascii_are_read() {
        let event = json!({"headers": {"X-Name": "Zoë\u{1}", "origin": "https://ü.example"}});
        let request: Request = serde_json::from_value(event).unwrap();
        assert_eq!(request.origins(), ["https://ü.example"]);
    }
}
