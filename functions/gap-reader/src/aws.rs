//! The reader in AWS: clients, and the secret.

use crate::bus::EventBus;
use crate::config::Config;
use crate::figures::Figures;
use crate::meter::SharedRateLimiter;
use crate::reader::{Outside, Reader, Run};
use aws_sdk_secretsmanager::error::DisplayErrorContext;
use headroom_genesys::api::{AddressError, Client, Credentials, HttpTransport, RETRY_POLICY};
use headroom_requests::{Clock, RetryPolicy};
use headroom_tables::{DynamoDocuments, DynamoDue};
use serde::Deserialize;
use std::sync::Arc;
use tokio::sync::Mutex;

/// AWS, and Genesys over HTTP.
#[derive(Debug)]
pub struct Aws;

impl Outside for Aws {
    type Documents = DynamoDocuments;
    type Due = DynamoDue;
    type Bus = EventBus;
    type Transport = HttpTransport;
}

/// A gap reader in AWS. Its access token lives from one invocation to the next.
pub struct AwsReader {
    config: Config,
    clients: Clients,
    reader: Mutex<Option<Reader<Aws>>>,
}

/// What it needs of AWS.
#[derive(Clone, Debug)]
pub struct Clients {
    /// For the ledger, and the index of what is due.
    pub dynamo: aws_sdk_dynamodb::Client,
    /// For the bus.
    pub events: aws_sdk_eventbridge::Client,
    /// For the secret.
    pub secrets: aws_sdk_secretsmanager::Client,
}

/// A run that needs somebody to do something.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The secret cannot be read.
    #[error("the secret of GENESYS_SECRET_ARN cannot be read: {0}")]
    Secret(String),
    /// It is not what it should be. What it says is not told.
    #[error(
        "the secret of GENESYS_SECRET_ARN cannot be used; write {{\"clientId\":\"...\",\"clientSecret\":\"...\"}}"
    )]
    SecretForm,
    /// An address cannot be used.
    #[error("GENESYS_API_URL or GENESYS_LOGIN_URL cannot be used: {0}")]
    Address(#[from] AddressError),
    /// Genesys refuses.
    #[error(
        "Genesys refuses the OAuth client; check the secret, and the client's roles and divisions"
    )]
    NotAllowed,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Secret {
    client_id: String,
    client_secret: String,
}

impl AwsReader {
    /// By the settings. Asks nobody yet.
    pub fn new(config: Config, clients: Clients) -> Self {
        Self { config, clients, reader: Mutex::new(None) }
    }

    /// One invocation. The secret is read in the first one, and again after Genesys refused it.
    pub async fn run(&self, run: &Run) -> Result<Figures, RunError> {
        let mut kept = self.reader.lock().await;
        let reader = match kept.take() {
            Some(reader) => reader,
            None => self.reader().await?,
        };
        // Boxed: with all that the SDK puts into it, it is large and deep.
        let figures = Box::pin(reader.run(run)).await;
        if figures.not_allowed {
            return Err(RunError::NotAllowed);
        }
        *kept = Some(reader);
        Ok(figures)
    }

    async fn reader(&self) -> Result<Reader<Aws>, RunError> {
        let config = &self.config;
        let retry = RetryPolicy::TRANSACTIONS;
        let credentials = self.credentials().await?;
        let transport = HttpTransport::new(&config.api_url, &config.login_url)?;
        let ledger =
            Arc::new(DynamoDocuments::new(self.clients.dynamo.clone(), &config.ledger_table));
        let clock = Clock::new(headroom_requests::now);
        let calendar = config.rules.calendar.clone();
        let limits = config.limits.clone();
        let meter = SharedRateLimiter::new(ledger.clone(), retry, clock.clone(), calendar, limits);
        Ok(Reader {
            ledger,
            due: DynamoDue::new(self.clients.dynamo.clone(), &config.entities_table),
            bus: EventBus::new(self.clients.events.clone(), config.event_bus.clone()),
            client: Client::new(transport, meter.clone(), RETRY_POLICY, credentials),
            meter,
            retry,
            clock,
            rules: config.rules.clone(),
        })
    }

    async fn credentials(&self) -> Result<Credentials, RunError> {
        let get = self.clients.secrets.get_secret_value().secret_id(&self.config.secret_arn);
        let failed = |error| RunError::Secret(DisplayErrorContext(error).to_string());
        let answer = get.send().await.map_err(failed)?;
        // An error of serde's would quote the secret.
        let secret = serde_json::from_str::<Secret>(answer.secret_string().unwrap_or_default());
        let Secret { client_id, client_secret } = secret.map_err(|_| RunError::SecretForm)?;
        Ok(Credentials { client_id, client_secret })
    }
}
