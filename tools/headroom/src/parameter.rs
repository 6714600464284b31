//! Parameters of the stack, in the forms in which `sam deploy` takes them whole.
//!
//! The SAM CLI ends a value of `--parameter-overrides` at the first `"`, without a word. A parameter
//! file has no such trap, and on the command line the value has to be quoted and escaped.

use serde_json::Value;
use std::fmt::Write;

/// How parameters are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ParameterForm {
    /// Lines of a parameter file, for `sam deploy --parameter-overrides file://...`
    File,
    /// Words of a shell, for `sam deploy --parameter-overrides ...`
    Argument,
    /// The JSON alone
    Json,
}

/// A parameter whose value is JSON.
pub(crate) struct Parameter<'a> {
    name: &'a str,
    /// On one line.
    json: String,
}

impl<'a> Parameter<'a> {
    pub(crate) fn new(name: &'a str, value: &Value) -> Self {
        Self { name, json: value.to_string() }
    }

    /// Bytes of its value.
    pub(crate) fn len(&self) -> usize {
        self.json.len()
    }

    /// The text in a form; in both of those for `sam deploy` without one. Ends with a line feed.
    pub(crate) fn text(&self, form: Option<ParameterForm>) -> String {
        match form {
            Some(ParameterForm::File) => self.block(),
            Some(ParameterForm::Argument) => format!("{}\n", self.argument()),
            Some(ParameterForm::Json) => format!("{}\n", self.json),
            None => {
                let mut text = "# In the parameter file:\n".to_owned();
                text.push_str(&self.block());
                text.push_str("# Or on the command line, behind --parameter-overrides:\n");
                let _ = writeln!(text, "# {}", self.argument());
                text
            }
        }
    }

    /// A literal block of YAML, in which nothing has to be escaped.
    fn block(&self) -> String {
        format!("{}: |\n  {}\n", self.name, self.json)
    }

    /// Quoted for SAM, and then for the shell.
    fn argument(&self) -> String {
        let value = self.json.replace('\\', r"\\").replace('"', r#"\""#);
        format!("'{}=\"{}\"'", self.name, value.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_value_is_a_block_of_yaml_or_an_escaped_word() {
        let value = json!({"timeZone": "Europe/Berlin"});
        let parameter = Parameter::new("Settings", &value);
        assert_eq!(
            parameter.text(Some(ParameterForm::File)),
            "Settings: |\n  {\"timeZone\":\"Europe/Berlin\"}\n"
        );
        assert_eq!(
            parameter.text(Some(ParameterForm::Argument)),
            "'Settings=\"{\\\"timeZone\\\":\\\"Europe/Berlin\\\"}\"'\n"
        );
        let text = parameter.text(None);
        let (file, comment) = text.split_once("# Or").unwrap();
        assert!(file.ends_with(&parameter.block()), "{text}");
        assert!(comment.contains(&parameter.argument()), "{text}");
    }

    #[test]
    fn an_apostrophe_does_not_end_the_word() {
        let argument = Parameter::new("P", &json!("it's")).argument();
        assert_eq!(argument, r#"'P="\"it'\''s\""'"#);
    }
}
