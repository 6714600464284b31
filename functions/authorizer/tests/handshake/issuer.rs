//! An issuer of tokens, with keys made for this run of the tests.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use p256::pkcs8::EncodePrivateKey;
use rsa::pkcs1::EncodeRsaPrivateKey;
use rsa::rand_core::OsRng;
use serde_json::Value;
use std::sync::LazyLock;

pub(crate) static RSA: LazyLock<Signer> = LazyLock::new(|| Signer::rsa("r", 2_048));
pub(crate) static EC: LazyLock<Signer> = LazyLock::new(|| Signer::ec("e"));
/// Nobody's: it has the name of a key that counts.
pub(crate) static FORGER: LazyLock<Signer> = LazyLock::new(|| Signer::ec("e"));

/// A pair of keys.
pub(crate) struct Signer {
    pub(crate) name: &'static str,
    pub(crate) algorithm: Algorithm,
    key: EncodingKey,
}

impl Signer {
    pub(crate) fn rsa(name: &'static str, bits: usize) -> Self {
        let key = rsa::RsaPrivateKey::new(&mut OsRng, bits).unwrap();
        let key = EncodingKey::from_rsa_der(key.to_pkcs1_der().unwrap().as_bytes());
        Self { name, algorithm: Algorithm::RS256, key }
    }

    pub(crate) fn ec(name: &'static str) -> Self {
        let key = p256::SecretKey::random(&mut OsRng);
        let key = EncodingKey::from_ec_der(key.to_pkcs8_der().unwrap().as_bytes());
        Self { name, algorithm: Algorithm::ES256, key }
    }

    /// A token as it should be.
    pub(crate) fn sign(&self, claims: &Value) -> String {
        let header = Header { kid: Some(self.name.into()), ..Header::new(self.algorithm) };
        self.sign_with(&header, claims)
    }

    /// A token with another header.
    pub(crate) fn sign_with(&self, header: &Header, claims: &Value) -> String {
        encode(header, claims, &self.key).unwrap()
    }

    /// The public key.
    pub(crate) fn public(&self) -> Jwk {
        let mut public = Jwk::from_encoding_key(&self.key, self.algorithm).unwrap();
        public.common.key_id = Some(self.name.into());
        public
    }
}

/// The public keys as an issuer publishes them, beside some that are for others.
pub(crate) fn key_set(signers: &[&Signer]) -> String {
    let mut keys: Vec<_> =
        signers.iter().map(|signer| serde_json::to_value(signer.public()).unwrap()).collect();
    keys.push(serde_json::json!({"kty": "oct", "kid": "shared", "k": "c2VjcmV0", "alg": "HS256"}));
    keys.push(serde_json::json!({"kty": "AKP", "kid": "later", "alg": "ML-DSA-44", "pub": "AA"}));
    serde_json::json!({ "keys": keys }).to_string()
}

/// A token put together by hand, signed with anything.
pub(crate) fn by_hand(header: &Value, claims: &Value, signature: &[u8]) -> String {
    let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
    format!("{}.{}.{}", part(header), part(claims), URL_SAFE_NO_PAD.encode(signature))
}

/// Seconds since 1970.
pub(crate) fn now() -> u64 {
    jsonwebtoken::get_current_timestamp()
}
