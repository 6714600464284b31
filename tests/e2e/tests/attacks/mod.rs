//! Tokens that open nothing, for the WebSocket and the HTTP API.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use headroom_e2e::Cloud;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use rsa::pkcs1::EncodeRsaPrivateKey;
use rsa::rand_core::OsRng;
use serde_json::{Value, json};

/// Claims with another value of one of them.
pub(crate) fn with(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}

/// A token signed with a key that has the id of the issuer's key.
fn forged(claims: &Value) -> String {
    let key = rsa::RsaPrivateKey::new(&mut OsRng, 2_048).unwrap();
    let key = EncodingKey::from_rsa_der(key.to_pkcs1_der().unwrap().as_bytes());
    let header = Header { kid: Some("local".into()), ..Header::new(Algorithm::RS256) };
    encode(&header, claims, &key).unwrap()
}

fn unsigned(claims: &Value) -> String {
    let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
    format!("{}.{}.", part(&json!({"alg": "none", "kid": "local"})), part(claims))
}

/// The token with another letter in its signature.
fn altered(token: &str) -> String {
    let index = token.len() - 10;
    let letter = if &token[index..=index] == "A" { "B" } else { "A" };
    format!("{}{letter}{}", &token[..index], &token[index + 1..])
}

/// Tokens that are refused, each with what is wrong with it.
pub(crate) fn refused_tokens(cloud: &Cloud) -> Vec<(&'static str, String)> {
    let claims = cloud.claims(&["*"]);
    let past = claims["iat"].as_u64().unwrap() - 3_600;
    vec![
        ("no token", String::new()),
        ("garbage", "a.b.c".to_owned()),
        ("forged", forged(&claims)),
        ("unsigned", unsigned(&claims)),
        ("altered", altered(&cloud.sign(&claims))),
        ("expired", cloud.sign(&with(claims.clone(), "exp", json!(past)))),
        ("for another audience", cloud.sign(&with(claims.clone(), "aud", json!("others")))),
        (
            "of another issuer",
            cloud.sign(&with(claims.clone(), "iss", json!("https://evil.example/"))),
        ),
        ("with a claim of another type", cloud.sign(&with(claims.clone(), "queues", json!("*")))),
    ]
}
