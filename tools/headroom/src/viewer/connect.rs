//! Where to connect and with which token: the arguments of every command that is a viewer.

use super::error::ViewerError;
use headroom_protocol::SessionOptions;
use std::path::PathBuf;

/// Largest token in bytes: API Gateway takes 10,240 bytes of headers.
const TOKEN_BYTES_MAX: usize = 10 * 1024;

/// Where to connect, and with which token.
#[derive(clap::Args, Debug)]
pub struct ConnectArgs {
    /// Address of the WebSocket API: output `ViewerUrl` of the stack
    #[arg(value_name = "URL")]
    url: String,
    /// The token, a JWT; by default what the variable `HEADROOM_TOKEN` holds
    #[arg(long, value_name = "TOKEN", conflicts_with = "token_file")]
    token: Option<String>,
    /// A file with the token, read at every connect
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

impl ConnectArgs {
    /// The options of a viewer of these subjects.
    pub(crate) fn options(&self, subjects: Vec<String>) -> Result<ViewerOptions, ViewerError> {
        let session = SessionOptions::default();
        Ok(ViewerOptions { url: self.url.clone(), token: self.token()?, subjects, session })
    }

    fn token(&self) -> Result<Token, ViewerError> {
        if let Some(file) = &self.token_file {
            return Ok(Token::File(file.clone()));
        }
        let variable = || std::env::var("HEADROOM_TOKEN").ok().filter(|token| !token.is_empty());
        let token = self.token.clone().or_else(variable);
        token.map(Token::Text).ok_or(ViewerError::MissingToken)
    }
}

/// What a viewer connects to and watches.
#[derive(Clone)]
pub struct ViewerOptions {
    /// `wss://...`; `ws://` only for loopback.
    pub url: String,
    /// The token to connect with.
    pub token: Token,
    /// Subjects, with wildcards.
    pub subjects: Vec<String>,
    /// What to ask for besides rows.
    pub session: SessionOptions,
}

/// Where the token comes from. No `Debug`, which would show the token.
#[derive(Clone)]
pub enum Token {
    /// The token itself.
    Text(String),
    /// A file that is read at every connect: a renewed token there keeps the viewer connected.
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
        let is_token_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if token.is_empty() || token.len() > TOKEN_BYTES_MAX || !token.bytes().all(is_token_byte) {
            return Err(ViewerError::InvalidToken);
        }
        Ok(token.to_owned())
    }
}
