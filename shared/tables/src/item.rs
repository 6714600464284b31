//! Items of DynamoDB: written as the SDK has them, and read as `serde_dynamo` has them, which is also
//! the form of the images in a stream.

use aws_sdk_dynamodb::types::AttributeValue;
use headroom_engine::StoreError;
use serde_dynamo::AttributeValue as ReadValue;
use std::collections::HashMap;
use std::fmt::Display;
use std::str::FromStr;

/// An item as the SDK has it.
pub(crate) type SdkItem = HashMap<String, AttributeValue>;

/// A string.
pub(crate) fn s(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

/// A number.
pub(crate) fn n(number: impl Display) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// An item, or its key.
pub(crate) fn item<const N: usize>(attributes: [(&str, AttributeValue); N]) -> SdkItem {
    attributes.map(|(name, value)| (name.to_owned(), value)).into()
}

/// Reads a number.
pub(crate) fn number<T: FromStr>(
    item: &HashMap<String, ReadValue>,
    name: &str,
) -> Result<T, StoreError> {
    let number = item.get(name).and_then(parse_number);
    number.ok_or_else(|| StoreError::BadItem(name.to_owned()))
}

/// Reads a number; `None` if the value is none.
pub(crate) fn parse_number<T: FromStr>(value: &ReadValue) -> Option<T> {
    match value {
        ReadValue::N(number) => number.parse().ok(),
        _ => None,
    }
}

/// Reads a string.
pub(crate) fn text<T: FromStr>(
    item: &HashMap<String, ReadValue>,
    name: &str,
) -> Result<T, StoreError> {
    let text = match item.get(name) {
        Some(ReadValue::S(text)) => text.parse().ok(),
        _ => None,
    };
    text.ok_or_else(|| StoreError::BadItem(name.to_owned()))
}
