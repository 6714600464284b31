//! Objects of JSON whose fields keep their order.

use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

/// An object whose fields are written in the order in which they were added.
#[derive(Default)]
pub(crate) struct Object(Vec<(&'static str, Box<RawValue>)>);

impl Object {
    /// Adds a field. A field without a value is left out.
    pub(crate) fn with(mut self, name: &'static str, value: impl Serialize) -> Self {
        // Texts, numbers, lists and objects of them always serialize.
        let json = to_raw_value(&value).ok().filter(|json| json.get() != "null");
        self.0.extend(json.map(|json| (name, json)));
        self
    }

    /// Adds the fields of another object, if there is one.
    pub(crate) fn with_fields(mut self, other: Option<Self>) -> Self {
        self.0.extend(other.into_iter().flat_map(|other| other.0));
        self
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, json)| (name, json)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_keep_their_order_and_those_without_a_value_are_left_out() {
        let inner = Object::default().with("z", 1).with("a", [true]);
        let outer = Object::default().with("inner", inner).with("none", None::<i64>);
        let outer = outer.with_fields(None).with_fields(Some(Object::default().with("b", "\n")));
        let json = serde_json::to_string(&outer).unwrap();
        assert_eq!(json, r#"{"inner":{"z":1,"a":[true]},"b":"\n"}"#);
    }
}
