//! Ingest on Lambda.

use aws_lambda_events::sqs::SqsEvent;
use futures_util::FutureExt;
use headroom_aws::{Environment, Error, LambdaEvent, sdk_config, time_left};
use headroom_ingest::{Ingest, Limits, QUARANTINE_RESERVE, QuarantineQueue};
use headroom_requests::{RetryPolicy, now};
use headroom_tables::{DynamoDocuments, DynamoStore, Retention, SettingsCache, Tables};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let ingest = &configured(&Environment::of_process()).await?;
    let handle = async move |event: LambdaEvent<SqsEvent>| {
        let time = time_left(event.context.deadline).saturating_sub(QUARANTINE_RESERVE);
        let limits = Limits { now: now(), time };
        // Boxed: the type of the whole future is too deep for the compiler.
        let response = ingest.handle(&event.payload.records, limits).boxed_local().await;
        metrics::counter!("WriteUnits").increment(ingest.store.take_write_units());
        Ok(response)
    };
    headroom_aws::run("ingest", handle).await
}

async fn configured(
    environment: &Environment,
) -> Result<Ingest<DynamoStore, QuarantineQueue, DynamoDocuments>, Error> {
    let tables = Tables {
        entities: environment.required("ENTITIES_TABLE")?,
        rows: environment.required("ROWS_TABLE")?,
    };
    let default = Retention::default();
    let retention = Retention {
        entity_days: environment.parsed("RETENTION_DAYS", default.entity_days)?,
        interval_row_days: environment.parsed("INTERVAL_ROWS_DAYS", default.interval_row_days)?,
    };
    let queue = environment.required("QUARANTINE_QUEUE_URL")?;
    let ledger = environment.required("LEDGER_TABLE")?;
    let replay_queue = environment.optional("REPLAY_QUEUE_ARN");
    let settings = SettingsCache::with_queues(environment.settings()?);
    let aws = sdk_config().await;
    let dynamo = aws_sdk_dynamodb::Client::new(&aws);
    Ok(Ingest {
        store: DynamoStore::new(dynamo.clone(), tables, retention),
        quarantine: QuarantineQueue::new(aws_sdk_sqs::Client::new(&aws), queue),
        retry: RetryPolicy::TRANSACTIONS,
        ledger: DynamoDocuments::new(dynamo, ledger),
        settings,
        replay_queue,
        retention_days: retention.entity_days,
    })
}
