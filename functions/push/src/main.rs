//! `push` on Lambda.

use aws_lambda_events::event::dynamodb::Event;
use aws_sdk_apigatewaymanagement::Client as Management;
use aws_sdk_apigatewaymanagement::config::Builder;
use aws_sdk_apigatewaymanagement::config::retry::RetryConfig;
use aws_sdk_dynamodb::Client as Dynamo;
use futures_util::FutureExt;
use headroom_aws::{Environment, Error, LambdaEvent, sdk_config, time_left};
use headroom_protocol::RowFormatter;
use headroom_push::{Pace, Push};
use headroom_requests::now;
use headroom_tables::{DynamoDocuments, SettingsCache};
use headroom_viewers::{AwsGateway, Connections};
use std::time::Duration;
use tokio::sync::Mutex;

/// A frame takes some ten milliseconds. A viewer whose frame takes longer than this does not read.
const SEND_TIMEOUT: Duration = Duration::from_secs(1);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (push, ledger, settings) = configured(&Environment::of_process()).await?;
    let (push, ledger, settings) = (&Mutex::new(push), &ledger, &settings);
    let handler = async move |event: LambdaEvent<Event>| {
        let time = time_left(event.context.deadline);
        let mut push = push.lock().await;
        push.formatter.formulas = settings.current(ledger, now()).await?.formula_timeline();
        // Boxed: the type of the future is too deep for the compiler.
        push.handle(&event.payload, now(), time).boxed_local().await?;
        Ok(())
    };
    headroom_aws::run("push", handler).await
}

async fn configured(
    environment: &Environment,
) -> Result<(Push<AwsGateway>, DynamoDocuments, SettingsCache), Error> {
    let settings = environment.settings()?;
    let ledger = environment.required("LEDGER_TABLE")?;
    let epoch = environment.optional("EPOCH").unwrap_or_else(|| "1".to_owned());
    let table = environment.required("CONNECTIONS_TABLE")?;
    let endpoint = environment.required("MANAGEMENT_ENDPOINT")?;
    let pace = Pace::new(environment.parsed("FRAMES_PER_SECOND", Pace::DEFAULT_PER_SECOND)?);
    let sdk = sdk_config().await;
    let management =
        Builder::from(&sdk).endpoint_url(endpoint).retry_config(RetryConfig::disabled()).build();
    let dynamo = Dynamo::new(&sdk);
    let push = Push {
        connections: Connections::new(dynamo.clone(), table),
        gateway: AwsGateway::new(Management::from_conf(management)),
        formatter: RowFormatter { epoch, formulas: settings.formula_timeline() },
        send_timeout: SEND_TIMEOUT,
        pace,
    };
    Ok((push, DynamoDocuments::new(dynamo, ledger), SettingsCache::new(settings)))
}
