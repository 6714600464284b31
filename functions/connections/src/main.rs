//! `connections` on Lambda.

use aws_sdk_apigatewaymanagement::Client as Management;
use aws_sdk_apigatewaymanagement::config::Builder;
use aws_sdk_dynamodb::Client as Dynamo;
use futures_util::FutureExt;
use headroom_aws::{Environment, Error, LambdaEvent, sdk_config};
use headroom_connections::{Config, Handler, QueueNames, Request};
use headroom_requests::now;
use headroom_tables::{DynamoDocuments, DynamoRows};
use headroom_viewers::{AwsGateway, Connections};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let config = Config::read(&Environment::of_process())?;
    let handler = &handler(config).await;
    let respond = async move |event: LambdaEvent<Request>| {
        // Boxed: the type of the future is too deep for the compiler.
        Ok(handler.handle(&event.payload, now()).boxed_local().await?)
    };
    headroom_aws::run("connections", respond).await
}

async fn handler(config: Config) -> Handler<DynamoRows, AwsGateway> {
    let sdk = sdk_config().await;
    let dynamo = Dynamo::new(&sdk);
    let management = Builder::from(&sdk).endpoint_url(config.management_endpoint).build();
    Handler {
        connections: Connections::new(dynamo.clone(), config.connections_table),
        rows: DynamoRows::new(dynamo.clone(), config.rows_table),
        queue_names: QueueNames::new(DynamoDocuments::new(dynamo, config.ledger_table)),
        gateway: AwsGateway::new(Management::from_conf(management)),
        calendar: config.calendar,
        formatter: config.formatter,
        connections_max: config.connections_max,
    }
}
