//! `headroom simulate --api`: the life of the stand-in Platform API beside a run.

use super::server;
use crate::CliError;
use crate::files::Output;
use crate::terminal::{print_message, sleep_while};
use headroom_simulator::{Api, ApiOptions, Archive};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The arguments about the stand-in.
#[derive(clap::Args, Debug)]
pub(super) struct StandInArgs {
    /// Serve a stand-in of Genesys' Platform API here, with the simulated conversations
    #[arg(long = "api", value_name = "ADDRESS")]
    address: Option<SocketAddr>,
    /// Write the API's URL to this file once it answers requests
    #[arg(long = "api-ready", value_name = "FILE", requires = "address")]
    ready: Option<PathBuf>,
    /// The OAuth client that gets access tokens
    #[arg(long = "api-client", value_name = "ID:SECRET", default_value = "simulated:simulated", value_parser = client)]
    client: (String, String),
    /// Shift the times of metrics in responses by up to so many ms against those of events
    #[arg(long = "api-jitter", value_name = "MS", default_value_t = 0, requires = "address")]
    jitter_ms: u32,
}

fn client(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once(':').filter(|(id, secret)| !id.is_empty() && !secret.is_empty());
    let (id, secret) = pair.ok_or_else(|| "write ID:SECRET".to_owned())?;
    Ok((id.to_owned(), secret.to_owned()))
}

/// A live run forgets conversations that ended longer ago, to bound memory.
const RETENTION_MS: i64 = 6 * 3_600_000;
/// How often a live run looks for such conversations.
const FORGET_EVERY_MS: i64 = 60_000;

/// A stand-in that listens at its address. It answers requests once it is served.
pub(super) struct StandIn {
    archive: Archive,
    api: Arc<Mutex<Api>>,
    listener: Option<TcpListener>,
    address: SocketAddr,
    ready: Option<PathBuf>,
    last_forget_ms: i64,
}

impl StandIn {
    /// Binds the address of `--api`; none without `--api`.
    pub(super) fn bind(args: &StandInArgs) -> Result<Option<Self>, CliError> {
        let Some(address) = args.address else { return Ok(None) };
        let to_error = |source| CliError::Listen { address, source };
        let listener = TcpListener::bind(address).map_err(to_error)?;
        listener.set_nonblocking(true).map_err(to_error)?;
        let address = listener.local_addr().map_err(to_error)?;
        let archive = Archive::new().with_emit_jitter(i64::from(args.jitter_ms));
        let (client_id, client_secret) = args.client.clone();
        let options = ApiOptions { client_id, client_secret, ..ApiOptions::default() };
        let api = Arc::new(Mutex::new(Api::new(archive.clone(), options)));
        let (listener, ready) = (Some(listener), args.ready.clone());
        Ok(Some(Self { archive, api, listener, address, ready, last_forget_ms: 0 }))
    }

    /// The archive that the API answers from. A run fills it.
    pub(super) const fn archive(&self) -> &Archive {
        &self.archive
    }

    /// Starts to answer requests, prints the address, and writes it to the file of `--api-ready`.
    pub(super) fn serve(&mut self) -> Result<(), CliError> {
        if let Some(listener) = self.listener.take() {
            server::serve(listener, Arc::clone(&self.api))?;
        }
        let address = format!("http://{}", self.address);
        print_message(format_args!("the Platform API is at {address}"));
        if let Some(path) = &self.ready {
            let mut file = Output::create(Some(path))?;
            file.line(address.as_bytes())?;
            file.finish()?.publish()?;
        }
        Ok(())
    }

    /// Forgets conversations that ended more than [`RETENTION_MS`] ago, once a minute.
    pub(super) fn forget_old(&mut self, now_ms: i64) {
        if now_ms - self.last_forget_ms >= FORGET_EVERY_MS {
            self.last_forget_ms = now_ms;
            self.archive.forget_ended_before(now_ms - RETENTION_MS);
        }
    }

    /// Answers as of the end of the run, until the user interrupts the command.
    pub(super) fn serve_until_interrupt(&mut self) -> Result<(), CliError> {
        server::locked(&self.api).set_as_of(self.archive.end_ms());
        self.serve()?;
        match sleep_while(|| Duration::MAX) {
            Err(CliError::Interrupted) => Ok(()),
            result => result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_has_an_id_and_a_secret() {
        assert_eq!(client("a:b:c"), Ok(("a".to_owned(), "b:c".to_owned())));
        assert!(client("a:").is_err() && client("a").is_err() && client(":b").is_err());
    }
}
