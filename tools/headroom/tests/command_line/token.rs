//! `headroom token`: its keys and tokens are taken by the authorizer itself.

use super::*;
use headroom_authorizer::{Authorizer, AuthorizerResponse, Request};
use headroom_aws::Environment;
use serde_json::{Value, json};
use std::time::Instant;

const ROUTE: &str = "arn:aws:execute-api:eu-west-1:123456789012:abcdef123/v1/$connect";

/// The output of a command that succeeds.
fn stdout(folder: &TempDir, arguments: &[&str]) -> String {
    let output = headroom(folder, arguments);
    assert!(output.status.success(), "{}", stderr(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// What the authorizer answers to a token, with a JWK set as the stack's parameter.
fn respond(jwk_set: &str, issuer: &str, token: &str) -> AuthorizerResponse {
    let variables = [("JWKS", jwk_set), ("JWT_ISSUER", issuer), ("JWT_AUDIENCE", "headroom")];
    let authorizer = Authorizer::configured(&Environment::from_pairs(&variables)).unwrap();
    let offers = format!("headroom.v1, bearer.{}", token.trim());
    let headers = json!({"Sec-WebSocket-Protocol": offers});
    let request = json!({"type": "REQUEST", "methodArn": ROUTE, "headers": headers});
    let request: Request = serde_json::from_value(request).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(authorizer.respond(&request, Instant::now())).unwrap()
}

fn effect(response: &AuthorizerResponse) -> Value {
    let response = serde_json::to_value(response).unwrap();
    response["policyDocument"]["Statement"][0]["Effect"].clone()
}

#[test]
fn the_authorizer_takes_a_token_and_its_grants_are_those_that_were_given() {
    let folder = folder();
    let jwk_set = stdout(&folder, &["token", "key", "key.pem", "--form", "json"]);
    let token = stdout(&folder, &["token", "sign", "key.pem"]);
    let response = respond(&jwk_set, "headroom", &token);
    assert_eq!(effect(&response), "Allow");
    let context = response.context.unwrap();
    let grants = (context.queues.as_str(), context.agents.as_str());
    assert_eq!(grants, (r#"["*"]"#, "false"));

    let arguments = ["--queues", "q2,q1", "--agents", "--subject", "wallboard", "--for", "7d"];
    let token = stdout(&folder, &[&["token", "sign", "key.pem"], &arguments[..]].concat());
    let before: i64 = context.until.parse().unwrap();
    let context = respond(&jwk_set, "headroom", &token).context.unwrap();
    let grants = (context.sub.as_str(), context.queues.as_str(), context.agents.as_str());
    assert_eq!(grants, ("wallboard", r#"["q1","q2"]"#, "true"));
    let longer = context.until.parse::<i64>().unwrap() - before;
    let expected = (7 * 24 - 8) * 3_600;
    assert!((expected..expected + 60).contains(&longer), "{longer} s");
}

#[test]
fn the_authorizer_refuses_tokens_of_another_key_another_issuer_and_another_time() {
    let folder = folder();
    let jwk_set = stdout(&folder, &["token", "key", "key.pem", "--form", "json"]);
    stdout(&folder, &["token", "key", "other.pem"]);
    let sign = |arguments: &[&str]| stdout(&folder, &[&["token", "sign"], arguments].concat());
    let refused = |token: &str| effect(&respond(&jwk_set, "headroom", token));
    assert_eq!(refused(&sign(&["other.pem"])), "Deny");
    assert_eq!(refused(&sign(&["key.pem", "--issuer", "somebody"])), "Deny");
    assert_eq!(refused(&sign(&["key.pem", "--audience", "somebody"])), "Deny");
    assert_eq!(effect(&respond(&jwk_set, "other", &sign(&["key.pem"]))), "Deny");
}

#[test]
fn a_private_key_is_for_its_owner_alone_and_is_never_overwritten() {
    let folder = folder();
    let printed = stdout(&folder, &["token", "key", "key.pem"]);
    let key = read(&folder, "key.pem");
    let mode = fs::metadata(folder.path().join("key.pem")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let secret = key.lines().nth(1).unwrap();
    assert!(!printed.contains(secret) && !printed.contains(r#""d":"#), "{printed}");
    fails(&folder, &["token", "key", "key.pem"], "key.pem is there already; print its public key");
    assert_eq!(read(&folder, "key.pem"), key);
}

#[test]
fn the_public_key_is_printed_as_parameters_of_the_stack() {
    let folder = folder();
    let printed = stdout(&folder, &["token", "key", "key.pem", "--issuer", "me"]);
    assert_eq!(stdout(&folder, &["token", "jwks", "key.pem", "--issuer", "me"]), printed);
    let (block, names) = printed.split_once("# Or on the command line").unwrap();
    assert!(block.contains("Jwks: |\n  {\"keys\":[{"), "{printed}");
    assert!(names.ends_with("JwtIssuer: \"me\"\nJwtAudience: \"headroom\"\n"), "{printed}");
    let words = stdout(&folder, &["token", "jwks", "key.pem", "--form", "argument"]);
    assert!(words.starts_with(r#"'Jwks="{\"keys\":["#), "{words}");
    assert!(words.len() < 1_000, "a parameter has 4,096 bytes at most");
}

#[test]
fn what_is_no_key_or_no_lifetime_is_an_error_that_says_what_to_do() {
    let folder = folder();
    fs::write(folder.path().join("key.pem"), "no key").unwrap();
    let message = "key.pem is no private key on P-256 (PEM); make one with `headroom token key`";
    fails(&folder, &["token", "sign", "key.pem"], message);
    fails(&folder, &["token", "sign", "nowhere.pem"], "cannot read nowhere.pem");
    for lifetime in ["soon", "0s", "367d", "-1h"] {
        let lifetime = format!("--for={lifetime}");
        is_refused(&folder, &["token", "sign", "key.pem", &lifetime], "--help");
    }
}
