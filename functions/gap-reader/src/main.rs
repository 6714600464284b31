//! The gap reader on Lambda.

use headroom_aws::{Environment, Error, LambdaEvent, sdk_config};
use headroom_gap_reader::{AwsReader, Clients, Config, Figures, Run};
use headroom_requests::now;
use serde::de::IgnoredAny;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let config = Config::read(&Environment::of_process())?;
    let sdk = sdk_config().await;
    let clients = Clients {
        dynamo: aws_sdk_dynamodb::Client::new(&sdk),
        events: aws_sdk_eventbridge::Client::new(&sdk),
        secrets: aws_sdk_secretsmanager::Client::new(&sdk),
    };
    let reader = &AwsReader::new(config, clients);
    let read = async move |event: LambdaEvent<IgnoredAny>| -> Result<Figures, Error> {
        let run = Run::of(event.context.request_id, event.context.deadline, now());
        Ok(reader.run(&run).await?)
    };
    headroom_aws::run("gap-reader", read).await
}
