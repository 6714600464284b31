//! Why a viewer may not connect.

/// Why a handshake is denied. The reason is logged and not sent: it would help attackers alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// `Origin` is not on the list of allowed origins.
    #[error("foreign origin")]
    Origin,
    /// The viewer does not offer the subprotocol `headroom.v1`.
    #[error("subprotocol headroom.v1 not offered")]
    Subprotocol,
    /// No token, or several.
    #[error("not exactly one token")]
    NotOneToken,
    /// The token is above the size limit.
    #[error("token too large")]
    TooLarge,
    /// No JWT, or one with a `crit` header.
    #[error("no usable JWT")]
    Malformed,
    /// The token's algorithm is not its key's; `none` and shared secrets never are.
    #[error("algorithm not allowed")]
    Algorithm,
    /// The issuer has no key with the token's `kid`.
    #[error("unknown key")]
    UnknownKey,
    /// The signature does not match the key.
    #[error("bad signature")]
    Signature,
    /// `exp` is past.
    #[error("expired")]
    Expired,
    /// `nbf` is still to come.
    #[error("not yet valid")]
    NotYetValid,
    /// `iss` is not the configured issuer.
    #[error("wrong issuer")]
    Issuer,
    /// `aud` does not contain the configured audience.
    #[error("wrong audience")]
    Audience,
    /// A claim is missing or has another type.
    #[error("missing or bad claim")]
    Claims,
}

/// The issuer's keys cannot be read, so that there is no decision. API Gateway answers 500, and
/// viewers try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the issuer's keys cannot be had, so nobody can connect; is JWKS_URL right, and does it answer?"
)]
pub struct KeysUnavailable;

/// Why a token could not be verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// The handshake is at fault.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The issuer's keys cannot be read.
    #[error(transparent)]
    KeysUnavailable(#[from] KeysUnavailable),
}
