//! The token that a viewer connects with.

use super::ViewerError;
use std::path::PathBuf;

/// A token of more than that does not get through API Gateway.
const TOKEN_BYTES_MAX: usize = 10 * 1024;

/// Where the token is. It has no `Debug` of what it holds.
#[derive(Clone)]
pub enum Token {
    /// Here.
    Text(String),
    /// In a file, which is read at every connect: whoever renews it there keeps the viewer going.
    File(PathBuf),
}

impl Token {
    /// The token as it is now.
    pub(super) fn read(&self) -> Result<String, ViewerError> {
        let text = match self {
            Self::Text(text) => text.clone(),
            Self::File(path) => std::fs::read_to_string(path)
                .map_err(|source| ViewerError::TokenFile { path: path.clone(), source })?,
        };
        let token = text.trim();
        let of_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if token.is_empty() || token.len() > TOKEN_BYTES_MAX || !token.bytes().all(of_token) {
            return Err(ViewerError::NoToken);
        }
        Ok(token.to_owned())
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(_) => f.write_str("Token"),
            Self::File(path) => f.debug_tuple("Token").field(path).finish(),
        }
    }
}
