//! Why somebody may not connect.

/// Why somebody may not connect. It is logged, and never told: it would help only those who try.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// A page that is not on the list.
    #[error("foreign origin")]
    Origin,
    /// The viewer does not offer `headroom.v1`, which is the only one that could be chosen.
    #[error("subprotocol headroom.v1 not offered")]
    Subprotocol,
    /// No token, or several.
    #[error("not exactly one token")]
    NotOneToken,
    /// A token above the limit.
    #[error("token too large")]
    TooLarge,
    /// No JWT, or one with demands that cannot be met.
    #[error("no usable JWT")]
    Malformed,
    /// An algorithm that is not the key's: `none` and shared secrets among them.
    #[error("algorithm not allowed")]
    Algorithm,
    /// No key of that name.
    #[error("unknown key")]
    UnknownKey,
    /// Not signed by that key.
    #[error("bad signature")]
    Signature,
    /// Its time is over.
    #[error("expired")]
    Expired,
    /// Its time has not come.
    #[error("not yet valid")]
    NotYetValid,
    /// Somebody else's token.
    #[error("wrong issuer")]
    Issuer,
    /// A token for something else.
    #[error("wrong audience")]
    Audience,
    /// A claim is missing, or of another type.
    #[error("missing or bad claim")]
    Claims,
}

/// No decision: the keys cannot be had. API Gateway answers 500, and viewers try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the issuer's keys cannot be had, so nobody can connect; is JWKS_URL right, and does it answer?"
)]
pub struct Unavailable;

/// Why there is no pass for somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPass {
    /// The handshake's fault.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Not the handshake's fault.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}
