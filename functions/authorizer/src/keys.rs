//! The issuer's public keys.

use crate::Denied;
use jsonwebtoken::jwk::{
    AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse,
};
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind, Header};
use serde::Deserialize;

/// Largest JWK set in bytes: hundreds of keys. An issuer has a few.
pub(crate) const JWK_SET_BYTES_MAX: usize = 64 * 1024;
/// Keys of a set that are read; further ones are ignored.
const KEYS_MAX: usize = 100;
/// Size of an RSA modulus: at least 2,048 bits as NIST requires, at most 4,096 as the library does.
const MODULUS_BYTES: std::ops::RangeInclusive<usize> = 256..=512;

/// A key that tokens may be signed with, and its only algorithm. The key decides on the algorithm,
/// never the token.
#[derive(Clone, Debug)]
pub struct Key {
    id: Option<String>,
    pub(crate) algorithm: Algorithm,
    pub(crate) decoding: DecodingKey,
}

/// The usable keys of a JWK set.
#[derive(Clone, Debug)]
pub struct Keys(Vec<Key>);

/// Why a JWK set cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// Not a JWK set.
    #[error("no JWK set: {0}")]
    NotASet(#[from] serde_json::Error),
    /// A set above the size limit.
    #[error("a JWK set of more than {JWK_SET_BYTES_MAX} bytes")]
    TooLarge,
    /// No key of the set can be used.
    #[error("no usable key in the JWK set; RS256 (2,048 to 4,096 bits) and ES256 are")]
    NoneUsable,
}

#[derive(Deserialize)]
struct JwkSet {
    keys: Vec<serde_json::Value>,
}

impl Keys {
    /// Parses a JWK set. Keys that cannot be used here are ignored: an issuer may have them for
    /// other purposes.
    pub fn parse(json: &[u8]) -> Result<Self, KeysError> {
        if json.len() > JWK_SET_BYTES_MAX {
            return Err(KeysError::TooLarge);
        }
        let set: JwkSet = serde_json::from_slice(json)?;
        let keys: Vec<_> = set.keys.into_iter().take(KEYS_MAX).filter_map(Key::parse).collect();
        if keys.is_empty() { Err(KeysError::NoneUsable) } else { Ok(Self(keys)) }
    }

    /// The key that a token names in its header. Without a `kid` it is the only key of the set.
    pub fn find(&self, header: &Header) -> Result<&Key, Denied> {
        let candidates: Vec<_> = match (&header.kid, self.0.as_slice()) {
            (None, [key]) => vec![key],
            (None, _) => Vec::new(),
            (id, keys) => keys.iter().filter(|key| key.id == *id).collect(),
        };
        if candidates.is_empty() {
            return Err(Denied::UnknownKey);
        }
        let key = candidates.into_iter().find(|key| key.algorithm == header.alg);
        key.ok_or(Denied::Algorithm)
    }
}

impl Key {
    /// A key that can be used; none for any other.
    fn parse(jwk: serde_json::Value) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(jwk).ok()?;
        if !is_for_signatures(&jwk) {
            return None;
        }
        let algorithm = algorithm(&jwk)?;
        let decoding = DecodingKey::from_jwk(&jwk).ok().filter(is_strong)?;
        Some(Self { id: jwk.common.key_id, algorithm, decoding })
    }
}

fn is_for_signatures(jwk: &Jwk) -> bool {
    let key_use = jwk.common.public_key_use.as_ref();
    let operations = jwk.common.key_operations.as_ref();
    key_use.is_none_or(|key_use| *key_use == PublicKeyUse::Signature)
        && operations.is_none_or(|operations| operations.contains(&KeyOperations::Verify))
}

fn algorithm(jwk: &Jwk) -> Option<Algorithm> {
    let (key_algorithm, algorithm) = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => (KeyAlgorithm::RS256, Algorithm::RS256),
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
            (KeyAlgorithm::ES256, Algorithm::ES256)
        }
        _ => return None,
    };
    match jwk.common.key_algorithm {
        Some(declared) if declared != key_algorithm => None,
        _ => Some(algorithm),
    }
}

fn is_strong(key: &DecodingKey) -> bool {
    match key.kind() {
        DecodingKeyKind::RsaModulusExponent { n, .. } => {
            let zeros = n.iter().take_while(|byte| **byte == 0).count();
            MODULUS_BYTES.contains(&(n.len() - zeros))
        }
        DecodingKeyKind::SecretOrDer(_) => true,
    }
}
