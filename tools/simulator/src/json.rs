//! Objects of JSON, written field by field: no tree, and no struct for every body.

use serde::Serialize;

/// An object whose fields stand in the order in which they were added.
#[derive(Default)]
pub(crate) struct Object {
    /// The fields with a comma between, without the braces.
    text: Vec<u8>,
}

impl Object {
    /// Adds a field. A field without a value is left out.
    pub(crate) fn with(mut self, name: &str, value: impl Serialize) -> Self {
        let length = self.text.len();
        self.add_name(name);
        let start = self.text.len();
        // Texts, numbers and lists of them can always be written to memory.
        let result = serde_json::to_writer(&mut self.text, &value);
        debug_assert!(result.is_ok());
        if self.text[start..] == *b"null" {
            self.text.truncate(length);
        }
        self
    }

    /// Adds an object as a field, if there is one.
    pub(crate) fn with_object(mut self, name: &str, object: impl Into<Option<Self>>) -> Self {
        if let Some(object) = object.into() {
            self.add_name(name);
            self.text.extend(object.into_bytes());
        }
        self
    }

    /// Adds a list of objects as a field.
    pub(crate) fn with_list(mut self, name: &str, objects: impl IntoIterator<Item = Self>) -> Self {
        self.add_name(name);
        self.text.extend(list(objects));
        self
    }

    /// Adds the fields of another object, if there is one.
    pub(crate) fn with_fields(mut self, other: Option<Self>) -> Self {
        if let Some(other) = other.filter(|other| !other.text.is_empty()) {
            self.separate();
            self.text.extend(other.text);
        }
        self
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        [b"{", self.text.as_slice(), b"}"].concat()
    }

    /// Names have no characters to escape.
    fn add_name(&mut self, name: &str) {
        self.separate();
        self.text.push(b'"');
        self.text.extend_from_slice(name.as_bytes());
        self.text.extend_from_slice(b"\":");
    }

    fn separate(&mut self) {
        if !self.text.is_empty() {
            self.text.push(b',');
        }
    }
}

/// A list of objects that stands alone.
pub(crate) fn list(objects: impl IntoIterator<Item = Object>) -> Vec<u8> {
    let objects: Vec<_> = objects.into_iter().map(Object::into_bytes).collect();
    [b"[", objects.join(&b',').as_slice(), b"]"].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_keep_their_order_and_those_without_a_value_are_left_out() {
        let inner = || Object::default().with("z", 1).with("a", [true]);
        let outer = Object::default().with_object("inner", inner()).with("none", None::<i64>);
        let outer = outer.with_fields(None).with_fields(Some(Object::default().with("b", "\n")));
        let outer = outer.with_list("list", [inner(), Object::default()]).with_list("empty", []);
        let json = String::from_utf8(outer.into_bytes()).unwrap();
        let expected =
            r#"{"inner":{"z":1,"a":[true]},"b":"\n","list":[{"z":1,"a":[true]},{}],"empty":[]}"#;
        assert_eq!(json, expected);
    }
}
