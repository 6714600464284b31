//! `connections` on Lambda.

use aws_sdk_apigatewaymanagement::Client as Management;
use aws_sdk_apigatewaymanagement::config::Builder;
use aws_sdk_dynamodb::Client as Dynamo;
use futures_util::FutureExt;
use headroom_aws::{Environment, Error, LambdaEvent, sdk_config};
use headroom_connections::{Handler, Request, VersionCache};
use headroom_protocol::RowFormatter;
use headroom_requests::now;
use headroom_tables::{DynamoDocuments, DynamoRows, SettingsCache};
use headroom_viewers::{AwsGateway, Connections, QueueCatalog};
use metrics::histogram;
use tokio::sync::Mutex;

/// Default of `CONNECTIONS_PER_PRINCIPAL`.
const CONNECTIONS_MAX: usize = 20;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (handler, ledger, settings) = configured(&Environment::of_process()).await?;
    let (handler, ledger, settings) = (&Mutex::new(handler), &ledger, &settings);
    let respond = async move |event: LambdaEvent<Request>| {
        let mut handler = handler.lock().await;
        handler.follow(&*settings.current(ledger, now()).await?, now());
        // Boxed: the type of the future is too deep for the compiler.
        let response = handler.handle(&event.payload, now()).boxed_local().await;
        histogram!("ReadUnits").record(handler.rows.take_read_units());
        Ok(response?)
    };
    headroom_aws::run("connections", respond).await
}

async fn configured(
    environment: &Environment,
) -> Result<(Handler<DynamoRows, AwsGateway>, DynamoDocuments, SettingsCache), Error> {
    let settings = environment.settings()?;
    let epoch = environment.optional("EPOCH").unwrap_or_else(|| "1".to_owned());
    let connections_table = environment.required("CONNECTIONS_TABLE")?;
    let rows_table = environment.required("ROWS_TABLE")?;
    let ledger_table = environment.required("LEDGER_TABLE")?;
    let endpoint = environment.required("MANAGEMENT_ENDPOINT")?;
    let connections_max = environment.parsed("CONNECTIONS_PER_PRINCIPAL", CONNECTIONS_MAX)?;
    let sdk = sdk_config().await;
    let dynamo = Dynamo::new(&sdk);
    let management = Builder::from(&sdk).endpoint_url(endpoint).build();
    let ledger = DynamoDocuments::new(dynamo.clone(), ledger_table);
    let handler = Handler {
        connections: Connections::new(dynamo.clone(), connections_table),
        rows: DynamoRows::new(dynamo, rows_table),
        cache: VersionCache::default(),
        gateway: AwsGateway::new(Management::from_conf(management)),
        calendar: settings.calendar.clone(),
        formatter: RowFormatter { epoch, formulas: settings.formula_timeline() },
        catalog: QueueCatalog::new(ledger.clone(), settings.clone()),
        connections_max,
    };
    Ok((handler, ledger, SettingsCache::new(settings)))
}
