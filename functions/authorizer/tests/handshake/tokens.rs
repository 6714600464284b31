//! Tokens that count, and what they grant.

use super::*;
use issuer::{EC, RSA};

#[tokio::test]
async fn both_algorithms_are_taken_each_with_its_key() {
    let authorizer = authorizer(&[&RSA, &EC]);
    assert!(allows(&authorizer, &RSA.sign(&claims())).await);
    assert!(allows(&authorizer, &EC.sign(&claims())).await);
}

#[tokio::test]
async fn the_answer_says_who_it_is_and_what_they_may_see() {
    let until = now() + 3_600;
    let token = EC.sign(&claims_with("exp", json!(until)));
    let response = respond(&authorizer(&[&EC]), &handshake(&token)).await;
    let expected = json!({
        "principalId": "supervisor",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": ROUTE}],
        },
        "context": {
            "sub": "supervisor",
            "queues": r#"["q1","q2"]"#,
            "agents": "true",
            "until": until.to_string(),
        },
    });
    assert_eq!(serde_json::to_value(&response).unwrap(), expected);
    let response = respond(&authorizer(&[&EC]), &http_request(&token)).await;
    let expected = json!({"isAuthorized": true, "context": expected["context"]});
    assert_eq!(serde_json::to_value(&response).unwrap(), expected);
}

#[tokio::test]
async fn claims_that_are_missing_grant_nothing_and_a_star_grants_every_queue() {
    let granted = async |claims| {
        let response = respond(&authorizer(&[&EC]), &handshake(&EC.sign(&claims))).await;
        let context = response.context.unwrap();
        (context.queues, context.agents)
    };
    assert_eq!(granted(claims_with("queues", Value::Null)).await.0, "[]");
    assert_eq!(granted(claims_with("agents", Value::Null)).await.1, "false");
    assert_eq!(granted(claims_with("queues", json!(["q1", "*"]))).await.0, r#"["*"]"#);
}

#[tokio::test]
async fn clocks_may_be_half_a_minute_apart() {
    let authorizer = authorizer(&[&EC]);
    for (claim, seconds) in [("exp", now() - 5), ("nbf", now() + 20)] {
        assert!(
            allows(&authorizer, &EC.sign(&claims_with(claim, json!(seconds)))).await,
            "{claim}"
        );
    }
}

#[tokio::test]
async fn an_audience_may_stand_among_others_and_a_time_have_a_fraction() {
    let authorizer = authorizer(&[&EC]);
    let among = claims_with("aud", json!(["other", "headroom"]));
    assert!(allows(&authorizer, &EC.sign(&among)).await);
    let fraction = claims_with("exp", json!(4_000_000_000.75));
    let response = respond(&authorizer, &handshake(&EC.sign(&fraction))).await;
    assert_eq!(response.context.unwrap().until, "4000000000");
}

#[tokio::test]
async fn a_token_that_names_no_key_means_the_only_one() {
    let unnamed = EC.sign_with(&jsonwebtoken::Header::new(EC.algorithm), &claims());
    assert!(allows(&authorizer(&[&EC]), &unnamed).await);
    assert!(!allows(&authorizer(&[&EC, &RSA]), &unnamed).await);
}

#[tokio::test]
async fn pages_on_the_list_may_connect_and_no_others() {
    let authorizer = authorizer(&[&EC]);
    let from = async |origin: &str| {
        let offers = format!("headroom.v1, bearer.{}", EC.sign(&claims()));
        let headers = json!({"sec-websocket-protocol": offers, "ORIGIN": origin});
        is_allowed(&respond(&authorizer, &request(&headers)).await)
    };
    let by_http = async |origin: &str| {
        let token = format!("Bearer {}", EC.sign(&claims()));
        let headers = json!({"authorization": token, "origin": origin});
        respond(&authorizer, &http_request_with(&headers)).await.context.is_some()
    };
    assert!(from("https://board.example.com").await && by_http("https://board.example.com").await);
    for foreign in ["https://evil.example", "http://board.example.com", "null", ""] {
        assert!(!from(foreign).await && !by_http(foreign).await, "{foreign}");
    }
}
