//! From a token to what its bearer may see.

use crate::{Denied, Key, Named};
use headroom_protocol::Grants;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{TokenData, Validation, decode, decode_header};
use serde_json::Value;

/// API Gateway takes 10,240 bytes of headers, all together.
const TOKEN_BYTES_MAX: usize = 8 * 1024;
/// How far apart clocks may be, in seconds.
const LEEWAY_S: u64 = 30;
/// It becomes part of a key in a table, and of a policy.
const SUB_BYTES_MAX: usize = 256;
/// The end of the year 9999, in seconds since 1970: later ones are as good as never.
const UNTIL_MAX: u64 = 253_402_300_799;

/// Whose tokens count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// Claim `iss`.
    pub name: String,
    /// What has to be in claim `aud`.
    pub audience: String,
}

/// What a valid token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pass {
    /// Claim `sub`.
    pub sub: String,
    /// What may be seen.
    pub grants: Grants,
    /// Until when, in seconds since 1970.
    pub until: u64,
}

/// Which key a token names. Nothing of it is verified yet.
pub(crate) fn named(token: &str) -> Result<Named, Denied> {
    if token.len() > TOKEN_BYTES_MAX {
        return Err(Denied::TooLarge);
    }
    let header = decode_header(token).map_err(|error| denied(&error))?;
    // Extensions that have to be understood: none are.
    if header.crit.is_some() {
        return Err(Denied::Malformed);
    }
    Ok(Named { name: header.kid, algorithm: header.alg })
}

/// Verifies a token: signature, issuer, audience, times, claims.
pub(crate) fn verify(token: &str, key: &Key, issuer: &Issuer) -> Result<Pass, Denied> {
    let mut validation = Validation::new(key.algorithm);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.set_issuer(&[&issuer.name]);
    validation.set_audience(&[&issuer.audience]);
    validation.leeway = LEEWAY_S;
    validation.validate_nbf = true;
    let valid: TokenData<Value> =
        decode(token, &key.verifying, &validation).map_err(|error| denied(&error))?;
    pass(&valid.claims).ok_or(Denied::Claims)
}

fn pass(claims: &Value) -> Option<Pass> {
    let sub = claims.get("sub")?.as_str()?;
    let printable = !sub.is_empty() && !sub.chars().any(char::is_control);
    let until = claims.get("exp")?;
    // A lone issuer: the library takes lists of them too.
    claims.get("iss")?.as_str()?;
    (printable && sub.len() <= SUB_BYTES_MAX).then_some(())?;
    Some(Pass {
        sub: sub.to_owned(),
        grants: Grants::from_claims(claims).ok()?,
        until: until.as_u64().or_else(|| whole(until.as_f64()?))?.min(UNTIL_MAX),
    })
}

/// A time with a fraction of a second, rounded down. The library has refused negative ones.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn whole(seconds: f64) -> Option<u64> {
    seconds.is_finite().then_some(seconds as u64)
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
