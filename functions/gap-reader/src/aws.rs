//! The gap reader in AWS: its clients, and the secret with the OAuth client.

use crate::config::Config;
use crate::rate_limiter::LedgerRateLimiter;
use crate::run::{GapReader, Rules, RunSummary};
use aws_sdk_secretsmanager::error::DisplayErrorContext;
use headroom_aws::events::{EventBridge, EventPublisher};
use headroom_aws::{Invocation, SdkConfig};
use headroom_engine::StoreError;
use headroom_genesys::api::{AddressError, Client, Credentials, HttpTransport, RETRY_POLICY};
use headroom_requests::{Clock, RetryPolicy, now};
use headroom_tables::{DynamoDocuments, DynamoDue, SettingsCache};
use std::sync::Arc;
use tokio::sync::Mutex;

/// Attempts of a `PutEvents` request. With full jitter they take a few seconds at most: what is not
/// published is read again by a later run.
const PUBLISH_ATTEMPTS_MAX: u32 = 5;

type Reader = GapReader<DynamoDocuments, DynamoDue, EventBridge, HttpTransport>;

/// A gap reader in AWS. Its access token lives from one invocation to the next.
pub struct AwsGapReader {
    config: Config,
    sdk: SdkConfig,
    documents: Arc<DynamoDocuments>,
    settings: SettingsCache,
    reader: Mutex<Option<Reader>>,
}

/// A run that cannot succeed before somebody changes something.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The settings in the ledger cannot be read.
    #[error("the settings cannot be read from the ledger table: {0}")]
    Settings(#[from] StoreError),
    /// The secret cannot be read.
    #[error("the secret of GENESYS_SECRET_ARN cannot be read: {0}")]
    Secret(String),
    /// The secret has another form. The error does not quote it.
    #[error(
        "the secret of GENESYS_SECRET_ARN cannot be used; write {{\"clientId\":\"...\",\"clientSecret\":\"...\"}}"
    )]
    SecretForm,
    /// An address cannot be used.
    #[error("GENESYS_API_URL or GENESYS_LOGIN_URL cannot be used: {0}")]
    Address(#[from] AddressError),
    /// Genesys refuses the OAuth client, or what it asks for.
    #[error(
        "Genesys refuses the OAuth client; check the secret, and the client's roles and divisions"
    )]
    NotAllowed,
}

impl AwsGapReader {
    /// Creates the reader. Performs no I/O.
    pub fn new(config: Config, sdk: SdkConfig) -> Self {
        let dynamo = aws_sdk_dynamodb::Client::new(&sdk);
        let documents = Arc::new(DynamoDocuments::new(dynamo, &config.ledger_table));
        let settings = SettingsCache::new(config.settings.clone());
        Self { config, sdk, documents, settings, reader: Mutex::new(None) }
    }

    /// Runs one invocation. The first one reads the secret, and so does the one after Genesys
    /// refused it, or after other settings have taken effect.
    pub async fn run(&self, run: &Invocation) -> Result<RunSummary, RunError> {
        let mut cached = self.reader.lock().await;
        let now = now();
        // Boxed, as the futures below are: they contain those of the SDK.
        let settings = Box::pin(self.settings.current(&*self.documents, now)).await?;
        let rules = self.config.rules.clone().with_settings(settings.in_force(now));
        let reader = match cached.take().filter(|reader| reader.rules == rules) {
            Some(reader) => reader,
            None => self.reader(rules).await?,
        };
        let summary = Box::pin(reader.run(run)).await;
        if summary.not_allowed {
            return Err(RunError::NotAllowed);
        }
        *cached = Some(reader);
        Ok(summary)
    }

    async fn reader(&self, rules: Rules) -> Result<Reader, RunError> {
        let Self { config, sdk, .. } = self;
        let dynamo = aws_sdk_dynamodb::Client::new(sdk);
        let credentials = self.credentials().await?;
        let transport = HttpTransport::new(&config.api_url, &config.login_url)?;
        let retry = RetryPolicy::TRANSACTIONS;
        let clock = Clock::default();
        let documents = Arc::clone(&self.documents);
        let rate_limiter = LedgerRateLimiter::new(
            documents.clone(),
            retry,
            clock.clone(),
            rules.calendar.clone(),
            config.limits.clone(),
        );
        let bus = EventBridge::new(aws_sdk_eventbridge::Client::new(sdk), &config.event_bus);
        Ok(GapReader {
            documents,
            due_index: DynamoDue::new(dynamo, &config.entities_table),
            publisher: EventPublisher::new(bus, retry, PUBLISH_ATTEMPTS_MAX),
            client: Client::new(transport, rate_limiter, RETRY_POLICY, credentials),
            clock,
            rules,
        })
    }

    async fn credentials(&self) -> Result<Credentials, RunError> {
        let client = aws_sdk_secretsmanager::Client::new(&self.sdk);
        let request = client.get_secret_value().secret_id(&self.config.secret_arn);
        let unreadable = |error| RunError::Secret(DisplayErrorContext(error).to_string());
        let response = request.send().await.map_err(unreadable)?;
        let secret = response.secret_string().unwrap_or_default();
        // Without its cause, since an error of serde quotes the secret.
        serde_json::from_str(secret).map_err(|_| RunError::SecretForm)
    }
}
