//! `rows` on Lambda.

use aws_sdk_dynamodb::Client as Dynamo;
use futures_util::FutureExt;
use headroom_aws::{Environment, Error, LambdaEvent, sdk_config};
use headroom_protocol::RowFormatter;
use headroom_requests::now;
use headroom_rows::{Reader, Request};
use headroom_tables::{DynamoDocuments, DynamoRows, SettingsCache};
use headroom_viewers::QueueCatalog;
use metrics::histogram;
use tokio::sync::Mutex;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (reader, ledger, settings) = configured(&Environment::of_process()).await?;
    let (reader, ledger, settings) = (&Mutex::new(reader), &ledger, &settings);
    let respond = async move |event: LambdaEvent<Request>| {
        let mut reader = reader.lock().await;
        reader.follow(&*settings.current(ledger, now()).await?, now());
        // Boxed: the type of the future is too deep for the compiler.
        let response = reader.respond(&event.payload, now()).boxed_local().await;
        histogram!("ReadUnits").record(reader.rows.take_read_units());
        Ok(response?)
    };
    headroom_aws::run("rows", respond).await
}

async fn configured(
    environment: &Environment,
) -> Result<(Reader<DynamoRows>, DynamoDocuments, SettingsCache), Error> {
    let settings = environment.settings()?;
    let epoch = environment.optional("EPOCH").unwrap_or_else(|| "1".to_owned());
    let rows_table = environment.required("ROWS_TABLE")?;
    let ledger_table = environment.required("LEDGER_TABLE")?;
    let dynamo = Dynamo::new(&sdk_config().await);
    let ledger = DynamoDocuments::new(dynamo.clone(), ledger_table);
    let reader = Reader {
        rows: DynamoRows::new(dynamo, rows_table),
        catalog: QueueCatalog::new(ledger.clone(), settings.clone()),
        calendar: settings.calendar.clone(),
        formatter: RowFormatter { epoch, formulas: settings.formula_timeline() },
    };
    Ok((reader, ledger, SettingsCache::new(settings)))
}
