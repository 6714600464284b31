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

/// Of documents and counts.
pub const LEDGER: &str = "ledger";

/// Creates them, each name with a prefix.
pub async fn create_tables(client: &Client, prefix: &str) {
    let table = |name: &str, keys: &[&str]| {
        let request = client.create_table().table_name(format!("{prefix}{name}"));
        let request = request.billing_mode(BillingMode::PayPerRequest);
        request
            .set_attribute_definitions(Some(keys.iter().map(|key| text(key)).collect()))
            .set_key_schema(Some(schema(keys)))
    };
    let entities = table(ENTITIES, &["entity"])
        .attribute_definitions(text("dueShard"))
        .attribute_definitions(text("due"))
        .global_secondary_indexes(index("byDue", &["dueShard", "due"]));
    let rows = table(ROWS, &["subject", "bucket"])
        .global_secondary_indexes(index("byBucket", &["bucket", "subject"]));
    entities.send().await.unwrap();
    rows.send().await.unwrap();
    table(CONNECTIONS, &["pk", "sk"]).send().await.unwrap();
    table(LEDGER, &["kind", "name"]).send().await.unwrap();
}

/// An index that holds keys alone.
fn index(name: &str, keys: &[&str]) -> GlobalSecondaryIndex {
    let keys_only = Projection::builder().projection_type(ProjectionType::KeysOnly).build();
    let index = GlobalSecondaryIndex::builder().index_name(name).projection(keys_only);
    index.set_key_schema(Some(schema(keys))).build().unwrap()
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
