//! Tokens that do not count.

use super::*;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use headroom_authorizer::{AuthError, Denied};
use issuer::{EC, FORGER, RSA, by_hand};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};

/// A token is denied for this reason and no other, by both APIs, and the response tells nothing.
async fn is_denied(token: &str, reason: Denied) {
    let authorizer = authorizer(&[&RSA, &EC]);
    let handshake_denial = json!({
        "principalId": "nobody",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Action": "execute-api:Invoke", "Effect": "Deny", "Resource": ROUTE}],
        },
    });
    let denials = [
        (handshake(token), handshake_denial),
        (http_request(token), json!({"isAuthorized": false})),
    ];
    for (request, denial) in denials {
        let verified = authorizer.verify(&request, Instant::now()).await;
        assert_eq!(verified, Err(AuthError::Denied(reason)));
        let response = respond(&authorizer, &request).await;
        assert_eq!(serde_json::to_value(&response).unwrap(), denial);
    }
}

#[tokio::test]
async fn a_token_signed_by_nobody_we_know_is_denied() {
    is_denied(&FORGER.sign(&claims()), Denied::Signature).await;
    let header = Header { kid: Some("unheard-of".into()), ..Header::new(EC.algorithm) };
    is_denied(&EC.sign_with(&header, &claims()), Denied::UnknownKey).await;
}

#[tokio::test]
async fn a_key_that_the_token_brings_along_is_not_believed() {
    let mut header = Header { kid: Some("e".into()), ..Header::new(EC.algorithm) };
    header.jwk = Some(FORGER.public());
    header.jku = Some("https://evil.example/jwks".into());
    is_denied(&FORGER.sign_with(&header, &claims()), Denied::Signature).await;
}

#[tokio::test]
async fn a_changed_token_is_denied() {
    let (mine, other) = (EC.sign(&claims()), EC.sign(&claims_with("queues", json!(["*"]))));
    let (mine, other): (Vec<_>, Vec<_>) = (mine.split('.').collect(), other.split('.').collect());
    is_denied(&[mine[0], other[1], mine[2]].join("."), Denied::Signature).await;
    is_denied(&[mine[0], mine[1], ""].join("."), Denied::Signature).await;
    is_denied(&[mine[0], mine[1]].join("."), Denied::Malformed).await;
}

#[tokio::test]
async fn a_token_out_of_its_time_is_denied() {
    is_denied(&EC.sign(&claims_with("exp", json!(now() - 120))), Denied::Expired).await;
    is_denied(&EC.sign(&claims_with("nbf", json!(now() + 120))), Denied::NotYetValid).await;
}

#[tokio::test]
async fn a_token_of_another_issuer_or_for_another_audience_is_denied() {
    for issuer in [json!("https://issuer.example"), json!("https://evil.example/"), json!("")] {
        is_denied(&EC.sign(&claims_with("iss", issuer)), Denied::Issuer).await;
    }
    for audience in [json!("other"), json!(["other"]), json!([]), json!("headroom ")] {
        is_denied(&EC.sign(&claims_with("aud", audience)), Denied::Audience).await;
    }
}

#[tokio::test]
async fn a_claim_that_is_missing_or_of_another_type_denies() {
    for claim in ["exp", "iss", "aud", "sub"] {
        is_denied(&EC.sign(&claims_with(claim, Value::Null)), Denied::Claims).await;
    }
    for (claim, value) in [
        ("exp", json!("4000000000")),
        ("exp", json!(-1)),
        ("nbf", json!("soon")),
        ("iss", json!(["https://issuer.example/"])),
        ("sub", json!(7)),
        ("sub", json!("")),
        ("sub", json!("a\nb")),
        ("sub", json!("x".repeat(300))),
        ("queues", json!("*")),
        ("queues", json!([1])),
        ("agents", json!("true")),
    ] {
        is_denied(&EC.sign(&claims_with(claim, value)), Denied::Claims).await;
    }
    is_denied(&EC.sign(&json!(["not", "claims"])), Denied::Malformed).await;
}

#[tokio::test]
async fn no_signature_at_all_is_denied() {
    for algorithm in ["none", "None", "NONE", "nOnE"] {
        let header = json!({"alg": algorithm, "typ": "JWT", "kid": "e"});
        is_denied(&by_hand(&header, &claims(), b""), Denied::Malformed).await;
    }
    is_denied(&by_hand(&json!({"kid": "e"}), &claims(), b""), Denied::Malformed).await;
}

#[tokio::test]
async fn a_public_key_is_no_shared_secret() {
    let [rsa, ec] = [&*RSA, &*EC].map(|signer| serde_json::to_value(signer.public()).unwrap());
    let point = [vec![4], bytes(&ec["x"]), bytes(&ec["y"])].concat();
    let secrets =
        [rsa.to_string().into_bytes(), bytes(&rsa["n"]), point, b"secret".to_vec(), Vec::new()];
    for secret in secrets {
        let key = EncodingKey::from_secret(&secret);
        for (name, reason) in [
            ("r", Denied::Algorithm),
            ("e", Denied::Algorithm),
            // The issuer has such a key, and we take none of its kind.
            ("shared", Denied::UnknownKey),
        ] {
            for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
                let header = Header { kid: Some(name.into()), ..Header::new(algorithm) };
                is_denied(&encode(&header, &claims(), &key).unwrap(), reason).await;
            }
        }
    }
}

fn bytes(encoded: &Value) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(encoded.as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn a_key_is_used_with_its_own_algorithm_alone() {
    for (signer, name) in [(&*RSA, "e"), (&*EC, "r")] {
        let header = Header { kid: Some(name.into()), ..Header::new(signer.algorithm) };
        is_denied(&signer.sign_with(&header, &claims()), Denied::Algorithm).await;
    }
    for algorithm in [Algorithm::RS384, Algorithm::RS512, Algorithm::PS256] {
        let header = Header { kid: Some("r".into()), ..Header::new(algorithm) };
        is_denied(&RSA.sign_with(&header, &claims()), Denied::Algorithm).await;
    }
}

#[tokio::test]
async fn extensions_that_would_have_to_be_understood_deny() {
    let header = Header {
        kid: Some("e".into()),
        crit: Some(vec!["exp".into()]),
        ..Header::new(EC.algorithm)
    };
    is_denied(&EC.sign_with(&header, &claims()), Denied::Malformed).await;
}

#[tokio::test]
async fn huge_tokens_and_garbage_are_denied() {
    is_denied(&EC.sign(&claims_with("queues", json!(vec!["x".repeat(36); 400]))), Denied::TooLarge)
        .await;
    let deep = "[".repeat(4_000);
    for garbage in ["", ".", "..", "...", "a.b.c", "é.é.é", "null", "{}.{}.{}", &deep] {
        is_denied(garbage, Denied::Malformed).await;
    }
    for part in [json!(null), json!([]), json!({}), json!({"alg": 7})] {
        is_denied(&by_hand(&part, &claims(), b"x"), Denied::Malformed).await;
    }
}

#[tokio::test]
async fn weak_keys_and_keys_for_something_else_are_not_used() {
    let weak = Signer::rsa("weak", 1_024);
    assert!(Keys::parse(issuer::key_set(&[&weak]).as_bytes()).is_err());
    for (name, value) in [
        ("use", json!("enc")),
        ("key_ops", json!(["encrypt"])),
        ("alg", json!("ES384")),
        ("crv", json!("P-384")),
    ] {
        let mut key = serde_json::to_value(EC.public()).unwrap();
        key[name] = value;
        assert!(Keys::parse(json!({"keys": [key]}).to_string().as_bytes()).is_err(), "{name}");
    }
}
