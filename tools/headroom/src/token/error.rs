//! Why a key cannot be made or used.

use std::path::PathBuf;

/// Why a key cannot be made or used. No message quotes a key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// A key is never overwritten: no token that it signed would be taken any more.
    #[error(
        "{} is there already; print its public key with `headroom token jwks`, or name another file",
        .0.display()
    )]
    Exists(PathBuf),
    /// The file holds no key that tokens can be signed with.
    #[error(
        "{} is no private key on P-256 (PEM); make one with `headroom token key`", .0.display()
    )]
    NotAKey(PathBuf),
    /// The library refuses the key or the claims. This is a bug.
    #[error("cannot sign: {0}; please report this")]
    Signing(#[from] jsonwebtoken::errors::Error),
    /// The library cannot write the key. This is a bug.
    #[error("cannot encode the key: {0}; please report this")]
    Encoding(#[from] p256::pkcs8::Error),
}
