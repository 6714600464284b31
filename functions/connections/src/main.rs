//! What viewers ask, on Lambda.

use aws_sdk_apigatewaymanagement::Client as Management;
use aws_sdk_apigatewaymanagement::config::Builder;
use aws_sdk_dynamodb::Client as Dynamo;
use futures_util::FutureExt;
use headroom_aws::{Environment, Error, LambdaEvent, sdk_config};
use headroom_connections::{Config, Handler, Request};
use headroom_tables::DynamoRows;
use headroom_viewers::AwsGateway;
use headroom_viewers::Connections;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let config = Config::read(&Environment::of_process())?;
    let handler = &handler(config).await;
    let answered = async move |event: LambdaEvent<Request>| {
        // Boxed: the type of all that a message may lead to is too deep for the compiler.
        let answer = handler.handle(&event.payload, headroom_requests::now()).boxed_local();
        Ok(answer.await?)
    };
    headroom_aws::run("connections", answered).await
}

async fn handler(config: Config) -> Handler<DynamoRows, AwsGateway> {
    let sdk = sdk_config().await;
    let dynamo = Dynamo::new(&sdk);
    let management = Builder::from(&sdk).endpoint_url(config.management_endpoint).build();
    Handler {
        connections: Connections::new(dynamo.clone(), config.connections_table),
        rows: DynamoRows::new(dynamo, config.rows_table),
        gateway: AwsGateway::new(Management::from_conf(management)),
        calendar: config.calendar,
        presentation: config.presentation,
        connections_max: config.connections_max,
    }
}
