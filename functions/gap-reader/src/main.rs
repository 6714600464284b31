//! The gap reader on Lambda.

use headroom_aws::{Environment, Error, Invocation, LambdaEvent, sdk_config};
use headroom_gap_reader::{AwsGapReader, Config, RunSummary};
use headroom_requests::now;
use serde::de::IgnoredAny;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let config = Config::read(&Environment::of_process())?;
    let reader = &AwsGapReader::new(config, sdk_config().await);
    let handler = async move |event: LambdaEvent<IgnoredAny>| -> Result<RunSummary, Error> {
        let run = Invocation::new(event.context.request_id, event.context.deadline, now());
        Ok(reader.run(&run).await?)
    };
    headroom_aws::run("gap-reader", handler).await
}
