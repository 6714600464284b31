//! The exporter on Lambda.

use aws_sdk_dynamodb::Client;
use headroom_aws::{Environment, Error, Invocation, LambdaEvent, sdk_config};
use headroom_exporter::{AwsExports, Config, Exporter, RunSummary};
use headroom_requests::{Clock, now};
use headroom_tables::DynamoDocuments;
use serde::de::IgnoredAny;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let Config { rules, key_arn } = Config::read(&Environment::of_process())?;
    let sdk = sdk_config().await;
    let (dynamo, s3) = (Client::new(&sdk), aws_sdk_s3::Client::new(&sdk));
    let exporter = &Exporter {
        documents: DynamoDocuments::new(dynamo.clone(), &rules.ledger_table),
        exports: AwsExports::new(dynamo, s3, &rules.bucket, key_arn),
        clock: Clock::default(),
        rules,
    };
    let handler = async move |event: LambdaEvent<IgnoredAny>| -> Result<RunSummary, Error> {
        let run = Invocation::new(event.context.request_id, event.context.deadline, now());
        // Boxed: it contains the futures of the SDK.
        Ok(Box::pin(exporter.run(&run)).await)
    };
    headroom_aws::run("exporter", handler).await
}
