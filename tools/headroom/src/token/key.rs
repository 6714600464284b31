//! A key pair for signing tokens: ECDSA on P-256, whose public key is small enough for a parameter.

use crate::CliError;
use jsonwebtoken::jwk::{Jwk, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use p256::SecretKey;
use p256::elliptic_curve::rand_core::OsRng;
use p256::pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding};
use serde_json::{Value, json};
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

const ALGORITHM: Algorithm = Algorithm::ES256;

/// A key pair.
pub(super) struct KeyPair {
    key: EncodingKey,
    /// The name of the key in tokens: its thumbprint (RFC 7638).
    id: String,
    jwk_set: Value,
}

impl KeyPair {
    /// Makes a key pair in a new file that only its owner can read. Fails if there is a file.
    pub(super) fn create(path: &Path) -> Result<Self, CliError> {
        let secret = SecretKey::random(&mut OsRng);
        write_new(path, secret.to_pkcs8_pem(LineEnding::LF)?.as_bytes())?;
        Self::new(&secret)
    }

    /// Reads a key pair.
    pub(super) fn read(path: &Path) -> Result<Self, CliError> {
        let pem = std::fs::read_to_string(path).map_err(CliError::read(path))?;
        let secret = SecretKey::from_pkcs8_pem(&pem);
        Self::new(&secret.map_err(|_| CliError::NotAKey(path.to_owned()))?)
    }

    fn new(secret: &SecretKey) -> Result<Self, CliError> {
        let key = EncodingKey::from_ec_der(secret.to_pkcs8_der()?.as_bytes());
        let mut public = Jwk::from_encoding_key(&key, ALGORITHM)?;
        let id = public.thumbprint(ThumbprintHash::SHA256)?;
        public.common.key_id = Some(id.clone());
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        Ok(Self { key, id, jwk_set: json!({ "keys": [public] }) })
    }

    /// The public key as a JWK set, for the parameter `Jwks`.
    pub(super) fn jwk_set(&self) -> &Value {
        &self.jwk_set
    }

    /// A token with these claims.
    pub(super) fn sign(&self, claims: &Value) -> Result<String, CliError> {
        let header = Header { kid: Some(self.id.clone()), ..Header::new(ALGORITHM) };
        Ok(encode(&header, claims, &self.key)?)
    }
}

fn write_new(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => CliError::KeyExists(path.to_owned()),
        _ => CliError::write(path)(error),
    })?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(CliError::write(path))
}
