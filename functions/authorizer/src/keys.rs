//! The issuer's keys.

use crate::Denied;
use jsonwebtoken::jwk::{
    AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse,
};
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind};
use serde::Deserialize;

/// Bytes of a JWK set: hundreds of keys. An issuer has a few.
pub(crate) const SET_BYTES_MAX: usize = 64 * 1024;
/// Keys that are looked through, at most.
const KEYS_MAX: usize = 100;
/// RSA: what NIST asks for, and what the library takes (2,048 to 4,096 bits).
const MODULUS_BYTES: std::ops::RangeInclusive<usize> = 256..=512;

/// A key that tokens may be signed with, and the one algorithm that goes with it: the key decides
/// that, never the token.
#[derive(Clone, Debug)]
pub struct Key {
    name: Option<String>,
    pub(crate) algorithm: Algorithm,
    pub(crate) verifying: DecodingKey,
}

/// Which key a token says it is signed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// `kid`
    pub name: Option<String>,
    /// `alg`
    pub algorithm: Algorithm,
}

/// A set of keys.
#[derive(Clone, Debug)]
pub struct Keys(Vec<Key>);

/// Text that holds no keys.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// No JWK set.
    #[error("no JWK set: {0}")]
    NotASet(#[from] serde_json::Error),
    /// A long one.
    #[error("a JWK set of more than {SET_BYTES_MAX} bytes")]
    TooLarge,
    /// Nothing in it to verify with.
    #[error("no usable key in the JWK set; RS256 (2,048 to 4,096 bits) and ES256 are")]
    NoneUsable,
}

#[derive(Deserialize)]
struct Set {
    keys: Vec<serde_json::Value>,
}

impl Keys {
    /// The usable keys of a JWK set. Keys of other kinds are passed over: an issuer may have them
    /// for others.
    pub fn parse(json: &[u8]) -> Result<Self, KeysError> {
        if json.len() > SET_BYTES_MAX {
            return Err(KeysError::TooLarge);
        }
        let set: Set = serde_json::from_slice(json)?;
        let keys: Vec<_> = set.keys.into_iter().take(KEYS_MAX).filter_map(Key::usable).collect();
        if keys.is_empty() { Err(KeysError::NoneUsable) } else { Ok(Self(keys)) }
    }

    /// The key that a token names. A token that names none means the only one.
    pub fn find(&self, named: &Named) -> Result<&Key, Denied> {
        let candidates: Vec<_> = match (&named.name, self.0.as_slice()) {
            (None, [only]) => vec![only],
            (None, _) => Vec::new(),
            (name, keys) => keys.iter().filter(|key| key.name == *name).collect(),
        };
        let fits = |key: &&&Key| key.algorithm == named.algorithm;
        match candidates.iter().find(fits) {
            Some(key) => Ok(key),
            None if candidates.is_empty() => Err(Denied::UnknownKey),
            None => Err(Denied::Algorithm),
        }
    }
}

impl Key {
    fn usable(jwk: serde_json::Value) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(jwk).ok()?;
        if !is_for_signatures(&jwk) {
            return None;
        }
        let algorithm = algorithm(&jwk)?;
        let verifying = DecodingKey::from_jwk(&jwk).ok().filter(is_strong)?;
        Some(Self { name: jwk.common.key_id, algorithm, verifying })
    }
}

fn is_for_signatures(jwk: &Jwk) -> bool {
    let used = jwk.common.public_key_use.as_ref().is_none_or(|of| *of == PublicKeyUse::Signature);
    let operations = jwk.common.key_operations.as_ref();
    used && operations.is_none_or(|all| all.contains(&KeyOperations::Verify))
}

fn algorithm(jwk: &Jwk) -> Option<Algorithm> {
    let own = |algorithm| jwk.common.key_algorithm.is_none_or(|said| said == algorithm);
    match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => own(KeyAlgorithm::RS256).then_some(Algorithm::RS256),
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
            own(KeyAlgorithm::ES256).then_some(Algorithm::ES256)
        }
        _ => None,
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
