//! Which server to connect to, and with what: arguments of every command that watches.

use super::{Options, Token, Viewer, ViewerError};
use crate::CliError;
use std::path::PathBuf;

/// Tries of a command that somebody or something waits for.
const TRIES_ONCE: u32 = 5;

/// Which server to connect to, and with what.
#[derive(clap::Args, Debug)]
pub struct Connect {
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

impl Connect {
    /// A viewer of these subjects.
    pub(crate) fn viewer(&self, subjects: Vec<String>) -> Result<Viewer, CliError> {
        let options = Options { url: self.url.clone(), token: self.token()?, subjects };
        Ok(Viewer::new(options)?)
    }

    fn token(&self) -> Result<Token, CliError> {
        let variable = || std::env::var("HEADROOM_TOKEN").ok().filter(|token| !token.is_empty());
        match (&self.token_file, self.token.clone().or_else(variable)) {
            (Some(file), _) => Ok(Token::File(file.clone())),
            (None, Some(token)) => Ok(Token::Text(token)),
            (None, None) => {
                let message = "no token: give --token-file FILE, or set HEADROOM_TOKEN";
                Err(CliError::Usage(message.to_owned()))
            }
        }
    }
}

/// Fails if a viewer that somebody waits for has tried often enough.
pub(crate) fn give_up(viewer: &Viewer) -> Result<(), ViewerError> {
    match viewer.is_down() {
        Some((why, _)) if viewer.failures() >= TRIES_ONCE => {
            Err(ViewerError::NotConnected(why.to_owned()))
        }
        _ => Ok(()),
    }
}
