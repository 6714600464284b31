//! Writes JSON objects straight into bytes: a million events a run leave no time for a tree.

use crate::id::Id;
use std::io::Write;

/// A JSON object under construction.
pub(crate) struct Object(Vec<u8>);

impl Object {
    pub(crate) fn new() -> Self {
        let mut bytes = Vec::with_capacity(1024);
        bytes.push(b'{');
        Self(bytes)
    }

    pub(crate) fn text(&mut self, key: &str, value: &str) -> &mut Self {
        self.key(key);
        self.quoted(value);
        self
    }

    pub(crate) fn maybe_text(&mut self, key: &str, value: Option<&str>) -> &mut Self {
        if let Some(value) = value {
            self.text(key, value);
        }
        self
    }

    pub(crate) fn id(&mut self, key: &str, value: Id) -> &mut Self {
        self.key(key);
        self.0.push(b'"');
        self.0.extend(value.text());
        self.0.push(b'"');
        self
    }

    pub(crate) fn maybe_id(&mut self, key: &str, value: Option<Id>) -> &mut Self {
        if let Some(value) = value {
            self.id(key, value);
        }
        self
    }

    pub(crate) fn int(&mut self, key: &str, value: i64) -> &mut Self {
        self.key(key);
        // Writing to a vector does not fail.
        let _ = write!(self.0, "{value}");
        self
    }

    /// A fraction with two digits, below 1.
    pub(crate) fn hundredths(&mut self, key: &str, value: i64) -> &mut Self {
        self.key(key);
        let _ = write!(self.0, "0.{value:02}");
        self
    }

    pub(crate) fn maybe_int(&mut self, key: &str, value: Option<i64>) -> &mut Self {
        if let Some(value) = value {
            self.int(key, value);
        }
        self
    }

    pub(crate) fn flag(&mut self, key: &str, value: bool) -> &mut Self {
        self.key(key);
        self.0.extend(if value { &b"true"[..] } else { b"false" });
        self
    }

    pub(crate) fn texts(&mut self, key: &str, values: &[&str]) -> &mut Self {
        self.key(key);
        self.0.push(b'[');
        for (nth, value) in values.iter().enumerate() {
            if nth > 0 {
                self.0.push(b',');
            }
            self.quoted(value);
        }
        self.0.push(b']');
        self
    }

    pub(crate) fn object(&mut self, key: &str, value: Self) -> &mut Self {
        self.key(key);
        self.0.extend(value.close());
        self
    }

    pub(crate) fn objects(&mut self, key: &str, values: impl IntoIterator<Item = Self>) {
        self.key(key);
        self.0.push(b'[');
        for (nth, value) in values.into_iter().enumerate() {
            if nth > 0 {
                self.0.push(b',');
            }
            self.0.extend(value.close());
        }
        self.0.push(b']');
    }

    pub(crate) fn close(mut self) -> Vec<u8> {
        self.0.push(b'}');
        self.0
    }

    fn key(&mut self, key: &str) {
        if self.0.len() > 1 {
            self.0.push(b',');
        }
        self.0.push(b'"');
        self.0.extend(key.as_bytes());
        self.0.extend(b"\":");
    }

    fn quoted(&mut self, value: &str) {
        self.0.push(b'"');
        for byte in value.bytes() {
            match byte {
                b'"' | b'\\' => self.0.extend([b'\\', byte]),
                0..0x20 => self.0.extend(format!("\\u{byte:04x}").as_bytes()),
                _ => self.0.push(byte),
            }
        }
        self.0.push(b'"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_is_read() {
        let mut inner = Object::new();
        inner.flag("yes", true).texts("none", &[]);
        let mut object = Object::new();
        object.text("t\u{fc}", "a \"b\" \\ \n \u{fc}").int("n", -5).object("o", inner);
        object.objects("list", [Object::new(), Object::new()]);
        let read: serde_json::Value = serde_json::from_slice(&object.close()).unwrap();
        let expected = serde_json::json!({
            "t\u{fc}": "a \"b\" \\ \n \u{fc}", "n": -5, "o": {"yes": true, "none": []},
            "list": [{}, {}],
        });
        assert_eq!(read, expected);
    }
}
