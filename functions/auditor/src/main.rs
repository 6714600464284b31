//! The auditor on Lambda.

use aws_sdk_dynamodb::Client;
use headroom_auditor::{Auditor, Config, RunSummary};
use headroom_aws::{Environment, Error, LambdaEvent, sdk_config, time_left};
use headroom_requests::now;
use headroom_tables::{DynamoDocuments, TableAudit};
use serde::de::IgnoredAny;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let Config { tables, ledger_table, read_units, rules } =
        Config::read(&Environment::of_process())?;
    let client = Client::new(&sdk_config().await);
    let auditor = &Auditor {
        documents: DynamoDocuments::new(client.clone(), ledger_table),
        tables: TableAudit::new(client, tables, read_units),
        rules,
    };
    let handler = async move |event: LambdaEvent<IgnoredAny>| -> Result<RunSummary, Error> {
        let time = time_left(event.context.deadline);
        // Boxed: it contains the futures of the SDK.
        Ok(Box::pin(auditor.run(now(), time)).await)
    };
    headroom_aws::run("auditor", handler).await
}
