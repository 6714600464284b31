//! `--api`: the stand-in Platform API beside the events.

use super::server;
use crate::CliError;
use crate::files::Output;
use crate::terminal::{check_interrupt, tell};
use headroom_simulator::{Api, ApiOptions, Archive};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The part of the command line that is about the stand-in.
#[derive(clap::Args, Debug)]
pub(super) struct StandInArgs {
    /// Answer as Genesys' Platform API here, with what is true of the simulated centre
    #[arg(long = "api", value_name = "ADDRESS")]
    address: Option<SocketAddr>,
    /// Write the address there once requests are answered
    #[arg(long = "api-ready", value_name = "FILE", requires = "address")]
    ready: Option<PathBuf>,
    /// Whom the stand-in gives access tokens
    #[arg(long = "api-client", value_name = "ID:SECRET", default_value = "simulated:simulated", value_parser = client)]
    client: (String, String),
    /// Date the metrics of answers up to so many ms off those of events
    #[arg(long = "api-jitter", value_name = "MS", default_value_t = 0, requires = "address")]
    jitter_ms: u32,
}

fn client(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once(':').filter(|(id, secret)| !id.is_empty() && !secret.is_empty());
    let (id, secret) = pair.ok_or_else(|| "write ID:SECRET".to_owned())?;
    Ok((id.to_owned(), secret.to_owned()))
}

/// Of a run without end, conversations that ended longer ago are forgotten.
const KEPT_MS: i64 = 6 * 3_600_000;
const TIDY_EVERY_MS: i64 = 60_000;
/// Between two looks at whether to go on.
const NAP: Duration = Duration::from_millis(100);

/// A stand-in that has its place, and answers once it is opened.
pub(super) struct StandIn {
    archive: Archive,
    api: Arc<Mutex<Api>>,
    listener: Option<TcpListener>,
    address: SocketAddr,
    ready: Option<PathBuf>,
    tidied_ms: i64,
}

impl StandIn {
    /// Takes its place, if one is wanted.
    pub(super) fn prepare(args: &StandInArgs) -> Result<Option<Self>, CliError> {
        let Some(address) = args.address else { return Ok(None) };
        let cannot = |source| CliError::Listen { address, source };
        let listener = TcpListener::bind(address).map_err(cannot)?;
        listener.set_nonblocking(true).map_err(cannot)?;
        let address = listener.local_addr().map_err(cannot)?;
        let archive = Archive::new().with_emit_jitter(i64::from(args.jitter_ms));
        let (client_id, client_secret) = args.client.clone();
        let options = ApiOptions { client_id, client_secret, ..ApiOptions::default() };
        let api = Arc::new(Mutex::new(Api::new(archive.clone(), options)));
        let (listener, ready) = (Some(listener), args.ready.clone());
        Ok(Some(Self { archive, api, listener, address, ready, tidied_ms: 0 }))
    }

    /// What a run is to fill.
    pub(super) const fn archive(&self) -> &Archive {
        &self.archive
    }

    /// Answers from now on, and says where.
    pub(super) fn open(&mut self) -> Result<(), CliError> {
        if let Some(listener) = self.listener.take() {
            server::serve(listener, Arc::clone(&self.api))?;
        }
        let address = format!("http://{}", self.address);
        tell(format_args!("the Platform API is at {address}"));
        if let Some(path) = &self.ready {
            let mut file = Output::create(Some(path))?;
            file.line(address.as_bytes())?;
            file.finish()?.publish()?;
        }
        Ok(())
    }

    /// Forgets what nobody will ask for any more, now and then.
    pub(super) fn tidy(&mut self, now_ms: i64) {
        if now_ms - self.tidied_ms >= TIDY_EVERY_MS {
            self.tidied_ms = now_ms;
            self.archive.forget_ended_before(now_ms - KEPT_MS);
        }
    }

    /// Answers as of the end of the run, until Ctrl-C.
    pub(super) fn serve_until_interrupt(&mut self) -> Result<(), CliError> {
        server::locked(&self.api).answer_as_of(self.archive.end_ms());
        self.open()?;
        while check_interrupt().is_ok() {
            std::thread::sleep(NAP);
        }
        Ok(())
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
