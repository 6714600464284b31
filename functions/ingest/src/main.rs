//! Ingest on Lambda.

use aws_lambda_events::sqs::SqsEvent;
use headroom_cloud::{Environment, Error, LambdaEvent, now, sdk_config, time_left};
use headroom_ingest::{Ingest, Jitter, Limits, QuarantineQueue, TO_KEEP};
use headroom_store::dynamo::{DynamoStore, Retention, Tables};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let ingest = &configured(&Environment::of_process()).await?;
    let take = async move |event: LambdaEvent<SqsEvent>| {
        let time = time_left(event.context.deadline).saturating_sub(TO_KEEP);
        let limits = Limits { now: now(), time };
        let answer = ingest.take(&event.payload.records, limits).await;
        metrics::counter!("WriteUnits").increment(ingest.store.take_write_units());
        Ok(answer)
    };
    headroom_cloud::run("ingest", take).await
}

async fn configured(
    environment: &Environment<'_>,
) -> Result<Ingest<DynamoStore, QuarantineQueue, Jitter>, Error> {
    let tables = Tables {
        entities: environment.required("ENTITIES_TABLE")?,
        rows: environment.required("ROWS_TABLE")?,
    };
    let kept = Retention::default();
    let retention = Retention {
        entity_days: environment.parsed("RETENTION_DAYS", kept.entity_days)?,
        interval_row_days: environment.parsed("INTERVAL_ROWS_DAYS", kept.interval_row_days)?,
    };
    let (queue, settings) =
        (environment.required("QUARANTINE_QUEUE_URL")?, environment.settings()?);
    let aws = sdk_config().await;
    Ok(Ingest {
        store: DynamoStore::new(aws_sdk_dynamodb::Client::new(&aws), tables, retention),
        quarantine: QuarantineQueue::new(aws_sdk_sqs::Client::new(&aws), queue),
        pause: Jitter::default(),
        settings,
        retention_days: retention.entity_days,
    })
}
