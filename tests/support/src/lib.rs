//! DynamoDB inside a test's own process, with the tables of the template; stores in memory; the
//! contracts that every store keeps; and stores that fail on demand.

#![allow(clippy::unwrap_used, clippy::missing_panics_doc)]

pub mod contract;
mod dynamo_tables;
mod fault_plan;
mod faulty;
mod http_faults;
mod memory_documents;
mod memory_store;
mod tables;

pub use dynamo_tables::DynamoTables;
pub use fault_plan::{Fault, FaultPlan, Operation};
pub use faulty::{FaultyDocuments, FaultyStore};
pub use http_faults::{HttpFault, HttpFaults};
pub use memory_documents::MemoryDocuments;
pub use memory_store::MemoryStore;
pub use tables::{CONNECTIONS, ENTITIES, LEDGER, ROWS, create_tables};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use dynoxide::{Database, server};
use tokio::net::TcpListener;

/// A client of a new, empty DynamoDB with the tables of the template. It lives as long as the
/// test's runtime.
pub async fn dynamo() -> Client {
    dynamo_with(HttpFaults::default()).await
}

/// The same, with a connection that does what `faults` plans.
pub async fn dynamo_with(faults: HttpFaults) -> Client {
    let client = client(&serve_dynamo().await, faults.clone());
    create_tables(&client, "").await;
    faults.activate();
    client
}

/// The address of a new DynamoDB without tables, which lives as long as the test's runtime.
pub async fn serve_dynamo() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(server::serve_on(listener, Database::memory().unwrap()));
    endpoint
}

/// A client of a DynamoDB at an address, which asks for everything once only.
pub fn client(endpoint: &str, faults: HttpFaults) -> Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .endpoint_url(endpoint)
        .http_client(faults)
        .region(Region::new("us-east-1"))
        .retry_config(RetryConfig::disabled());
    Client::from_conf(config.build())
}
