//! The tables of the template (`infra/template.yaml`), as far as the code depends on them:
//! without the stream of the rows, which nothing in a process reads.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType,
};

/// Of entities.
pub const ENTITIES: &str = "entities";
/// Of rows.
pub const ROWS: &str = "rows";
/// Of connections and subscriptions.
pub const CONNECTIONS: &str = "connections";

/// Creates them, each name with a prefix.
pub async fn create_tables(client: &Client, prefix: &str) {
    let table = |name: &str, keys: &[&str]| {
        let request = client.create_table().table_name(format!("{prefix}{name}"));
        let request = request.billing_mode(BillingMode::PayPerRequest);
        request
            .set_attribute_definitions(Some(keys.iter().map(|key| text(key)).collect()))
            .set_key_schema(Some(schema(keys)))
    };
    let index = GlobalSecondaryIndex::builder()
        .index_name("byBucket")
        .set_key_schema(Some(schema(&["bucket", "subject"])))
        .projection(Projection::builder().projection_type(ProjectionType::KeysOnly).build());
    let rows = table(ROWS, &["subject", "bucket"]).global_secondary_indexes(index.build().unwrap());
    table(ENTITIES, &["entity"]).send().await.unwrap();
    rows.send().await.unwrap();
    table(CONNECTIONS, &["pk", "sk"]).send().await.unwrap();
}

fn text(name: &str) -> AttributeDefinition {
    let definition = AttributeDefinition::builder().attribute_name(name);
    definition.attribute_type(ScalarAttributeType::S).build().unwrap()
}

fn schema(keys: &[&str]) -> Vec<KeySchemaElement> {
    let types = [KeyType::Hash, KeyType::Range];
    let element = |(key, kind): (&&str, KeyType)| {
        KeySchemaElement::builder().attribute_name(*key).key_type(kind).build().unwrap()
    };
    keys.iter().zip(types).map(element).collect()
}
