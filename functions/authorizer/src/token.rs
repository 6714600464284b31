//! Verifies a token and reads its claims.

use crate::{Denied, Key};
use headroom_kpi::Millis;
use headroom_protocol::{Grants, VerifiedToken};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Header, TokenData, Validation, decode, decode_header};
use serde_json::Value;

/// Largest token in bytes. API Gateway takes 10,240 bytes for all headers.
const TOKEN_BYTES_MAX: usize = 8 * 1024;
/// Tolerated difference between the issuer's clock and ours, in seconds.
const LEEWAY_S: u64 = 30;
/// Longest `sub` in bytes: it becomes part of a DynamoDB key and of the policy.
const SUB_BYTES_MAX: usize = 256;
/// The end of the year 9999, in seconds since 1970: a later `exp` is replaced by it.
const EXPIRY_S_MAX: i64 = 253_402_300_799;

/// Whose tokens are accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// Claim `iss`.
    pub name: String,
    /// A value that claim `aud` has to contain.
    pub audience: String,
}

/// The header of a token, which is not verified yet.
pub(crate) fn read_header(token: &str) -> Result<Header, Denied> {
    if token.len() > TOKEN_BYTES_MAX {
        return Err(Denied::TooLarge);
    }
    let header = decode_header(token).map_err(|error| denied(&error))?;
    // `crit` lists extensions that a recipient has to support, and this one supports none.
    if header.crit.is_some() { Err(Denied::Malformed) } else { Ok(header) }
}

/// Verifies the signature, issuer, audience and times of a token, and reads its claims.
pub(crate) fn verify(token: &str, key: &Key, issuer: &Issuer) -> Result<VerifiedToken, Denied> {
    let mut validation = Validation::new(key.algorithm);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.set_issuer(&[&issuer.name]);
    validation.set_audience(&[&issuer.audience]);
    validation.leeway = LEEWAY_S;
    validation.validate_nbf = true;
    let token: TokenData<Value> =
        decode(token, &key.decoding, &validation).map_err(|error| denied(&error))?;
    read_claims(&token.claims).ok_or(Denied::Claims)
}

fn read_claims(claims: &Value) -> Option<VerifiedToken> {
    let sub = claims.get("sub")?.as_str()?;
    if sub.is_empty() || sub.len() > SUB_BYTES_MAX || sub.chars().any(char::is_control) {
        return None;
    }
    // The library accepts a list of issuers as well.
    claims.get("iss")?.as_str()?;
    let expiry_s = whole_seconds(claims.get("exp")?)?.min(EXPIRY_S_MAX);
    Some(VerifiedToken {
        sub: sub.to_owned(),
        grants: Grants::from_claims(claims).ok()?,
        until: Millis(expiry_s * 1_000),
    })
}

/// A time in seconds; a fraction of a second is cut off. The library refuses negative times.
#[allow(clippy::cast_possible_truncation)]
fn whole_seconds(time: &Value) -> Option<i64> {
    if let Some(seconds) = time.as_u64() {
        return Some(i64::try_from(seconds).unwrap_or(i64::MAX));
    }
    let seconds = time.as_f64().filter(|seconds| seconds.is_finite())?;
    Some(seconds as i64)
}

fn denied(error: &jsonwebtoken::errors::Error) -> Denied {
    match error.kind() {
        ErrorKind::InvalidAlgorithm
        | ErrorKind::InvalidAlgorithmName
        | ErrorKind::UnsupportedAlgorithm
        | ErrorKind::MissingAlgorithm => Denied::Algorithm,
        ErrorKind::InvalidSignature => Denied::Signature,
        ErrorKind::ExpiredSignature => Denied::Expired,
        ErrorKind::ImmatureSignature => Denied::NotYetValid,
        ErrorKind::InvalidIssuer => Denied::Issuer,
        ErrorKind::InvalidAudience => Denied::Audience,
        ErrorKind::MissingRequiredClaim(_) | ErrorKind::InvalidClaimFormat(_) => Denied::Claims,
        _ => Denied::Malformed,
    }
}
