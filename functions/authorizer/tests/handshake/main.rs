//! Handshakes and requests of the HTTP API, from the event of API Gateway to the decision.

#![allow(clippy::unwrap_used)]

mod attacks;
mod issuer;
mod rotation;
mod tokens;

use headroom_authorizer::{Authorizer, AuthorizerResponse, Issuer, KeySource, Keys, Request};
use issuer::{Signer, now};
use serde_json::{Value, json};
use std::time::Instant;

const ROUTE: &str = "arn:aws:execute-api:eu-west-1:123456789012:abcdef123/v1/$connect";

/// An authorizer that takes the tokens of these keys.
fn authorizer(signers: &[&Signer]) -> Authorizer {
    with_keys(KeySource::Static(Keys::parse(issuer::key_set(signers).as_bytes()).unwrap()))
}

fn with_keys(keys: KeySource) -> Authorizer {
    let issuer = Issuer { name: "https://issuer.example/".into(), audience: "headroom".into() };
    Authorizer::new(issuer, "https://board.example.com".parse().unwrap(), keys)
}

/// Claims of a token that is right in every way.
fn claims() -> Value {
    json!({
        "iss": "https://issuer.example/",
        "aud": "headroom",
        "sub": "supervisor",
        "exp": now() + 3_600,
        "nbf": now() - 5,
        "queues": ["q2", "q1"],
        "agents": true,
    })
}

/// The same with a claim replaced, or taken out by null.
fn claims_with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    match value {
        Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
        value => claims[name] = value,
    }
    claims
}

fn handshake(token: &str) -> Request {
    let headers = json!({"Sec-WebSocket-Protocol": format!("headroom.v1, bearer.{token}")});
    request(&headers)
}

fn request(headers: &Value) -> Request {
    serde_json::from_value(json!({
        "type": "REQUEST",
        "methodArn": ROUTE,
        "headers": headers,
        "requestContext": {"routeKey": "$connect", "eventType": "CONNECT"},
    }))
    .unwrap()
}

/// The same token in a request of the HTTP API.
fn http_request(token: &str) -> Request {
    http_request_with(&json!({"authorization": format!("Bearer {token}")}))
}

fn http_request_with(headers: &Value) -> Request {
    serde_json::from_value(json!({
        "version": "2.0",
        "type": "REQUEST",
        "routeArn": "arn:aws:execute-api:eu-west-1:123456789012:abcdef123/$default/GET/v1/rows",
        "identitySource": ["Bearer x"],
        "headers": headers,
        "requestContext": {"http": {"method": "GET", "path": "/v1/rows"}},
    }))
    .unwrap()
}

async fn respond(authorizer: &Authorizer, request: &Request) -> AuthorizerResponse {
    authorizer.respond(request, Instant::now()).await.unwrap()
}

async fn allows(authorizer: &Authorizer, token: &str) -> bool {
    is_allowed(&respond(authorizer, &handshake(token)).await)
}

/// Whether the policy allows to connect. Only then there is a context.
fn is_allowed(response: &AuthorizerResponse) -> bool {
    let json = serde_json::to_value(response).unwrap();
    let allowed = json["policyDocument"]["Statement"][0]["Effect"] == "Allow";
    assert_eq!(response.context.is_some(), allowed);
    allowed
}
