//! Why a viewer stops. A lost connection is no reason: it connects again.

use headroom_protocol::ErrorCode;
use std::io;
use std::path::PathBuf;

/// Why a viewer stops.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum ViewerError {
    /// The address is no WebSocket address.
    #[error(
        "`{0}` is no viewer address; it is for example wss://abc.execute-api.eu-west-1.amazonaws.com/v1 (output ViewerUrl of the stack)"
    )]
    Address(String),
    /// The address would send the token unencrypted over a network.
    #[error(
        "`{0}` is not wss, and the token could be read on the way; ws is for this machine alone"
    )]
    Unencrypted(String),
    /// The command line names no token.
    #[error("no token: give --token-file FILE, or set HEADROOM_TOKEN")]
    MissingToken,
    /// The token's file cannot be read.
    #[error("cannot read the token in {}: {source}", .path.display())]
    TokenFile { path: PathBuf, source: io::Error },
    /// The text is no token.
    #[error("no token: it is a JWT, three parts of letters and digits with dots between them")]
    InvalidToken,
    /// The server answered the handshake with 401 or 403.
    #[error(
        "the server refuses the token (status {0}): is it for this server's issuer and audience, and still valid?"
    )]
    TokenRefused(u16),
    /// The token has expired, and its file has no other one.
    #[error(
        "the token has expired; get a new one, or keep one in a file and give --token-file: it is read at every connect"
    )]
    TokenExpired,
    /// The server refused a subscription as a whole, or another request.
    #[error("the server does not take the request: {message} ({code:?})")]
    Subscription { code: ErrorCode, message: String },
    /// Several attempts to connect failed, and somebody waits for the result.
    #[error("cannot connect: {0}; is the address right, and is the server running?")]
    NotConnected(String),
}

impl ViewerError {
    /// Whether the command line has to be corrected.
    pub(crate) fn is_usage_error(&self) -> bool {
        matches!(
            self,
            Self::Address(_) | Self::Unencrypted(_) | Self::MissingToken | Self::InvalidToken
        )
    }
}
