//! Why a viewer gives up. Lost connections are no reason.

use headroom_protocol::ErrorCode;
use std::io;
use std::path::PathBuf;

/// Why a viewer gives up.
#[derive(Debug, thiserror::Error)]
pub enum ViewerError {
    /// An address that is none of a server.
    #[error(
        "`{0}` is no viewer address; it is for example wss://abc.execute-api.eu-west-1.amazonaws.com/v1 (output ViewerUrl of the stack)"
    )]
    Address(String),
    /// A token in the clear over a network.
    #[error(
        "`{0}` is not wss, and the token could be read on the way; ws is for this machine alone"
    )]
    InTheClear(String),
    /// The token's file cannot be read.
    #[error("cannot read the token in {}: {source}", .path.display())]
    TokenFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Nothing that could be a token.
    #[error("no token: it is a JWT, three parts of letters and digits with dots between them")]
    NoToken,
    /// 401 or 403.
    #[error(
        "the server refuses the token (status {0}): is it for this server's issuer and audience, and still valid?"
    )]
    TokenRefused(u16),
    /// The token's time is over, and there is no other.
    #[error(
        "the token has expired; get a new one, or keep one in a file and give --token-file: it is read at every connect"
    )]
    Expired,
    /// A subscription that cannot be carried out.
    #[error("the server does not take the subscription: {message} ({code:?})")]
    Subscription {
        /// What kind of error.
        code: ErrorCode,
        /// The server's own words.
        message: String,
    },
    /// Several tries in a row went wrong, for a viewer that does not try for ever.
    #[error("cannot connect: {0}; is the address right, and is the server running?")]
    NotConnected(String),
}

impl ViewerError {
    /// Whether the command line is at fault.
    pub(crate) fn is_of_command_line(&self) -> bool {
        matches!(self, Self::Address(_) | Self::InTheClear(_) | Self::NoToken)
    }
}
