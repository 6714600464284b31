//! Everything that is wrong with a settings document, with path and line.
//!
//! What is allowed is known to [`SettingsDocument`] alone, which stops at the first error. So each
//! value is checked on its own: put into a document in which there is nothing else.

use headroom_kpi::Settings;
use headroom_kpi::settings::{SettingsDocument, SettingsError};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt;

/// Something that is wrong, and what is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line of the value, from 1.
    pub line: usize,
    /// Where it is, such as `serviceLevel.media.voice`; empty for the whole document.
    pub path: String,
    /// What is wrong, and what is allowed.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, path, message } = self;
        // Most messages begin with the path.
        if message.starts_with(path) {
            write!(f, "{line}: {message}")
        } else {
            write!(f, "{line}: {path}: {message}")
        }
    }
}

/// Everything that is wrong with a settings document, in the order of its lines.
pub fn find_problems(text: &str) -> Vec<Problem> {
    let document = match serde_json::from_str::<&RawValue>(text) {
        Ok(document) => Node { text, path: Vec::new(), json: document.get() },
        Err(error) => {
            let message = format!("no JSON: {}", reason(&error));
            return vec![Problem { line: error.line(), path: String::new(), message }];
        }
    };
    let mut problems = document.problems();
    problems.sort_by_key(|problem| problem.line);
    problems
}

/// A value of the document.
struct Node<'a> {
    /// The whole document.
    text: &'a str,
    path: Vec<String>,
    /// The part of `text` that is the value.
    json: &'a str,
}

/// Why a value is not allowed.
enum Cause {
    /// The value itself, or something in it.
    Value,
    /// There is no such key.
    UnknownKey,
    /// Something around it, such as a key that is not there.
    Elsewhere,
}

impl<'a> Node<'a> {
    /// The problems of a value: those of its parts, or its own if its parts have none.
    fn problems(&self) -> Vec<Problem> {
        let Err((message, cause)) = self.check() else { return Vec::new() };
        let parts = match cause {
            Cause::Value => self.parts().iter().flat_map(Self::problems).collect(),
            Cause::UnknownKey => Vec::new(),
            Cause::Elsewhere => return Vec::new(),
        };
        if !parts.is_empty() {
            return parts;
        }
        vec![Problem { line: self.line(), path: self.path.join("."), message }]
    }

    /// Checks the value in a document in which there is nothing else.
    fn check(&self) -> Result<(), (String, Cause)> {
        let mut json = self.json.to_owned();
        for key in self.path.iter().rev() {
            json = format!("{{{}:{json}}}", serde_json::Value::from(key.as_str()));
        }
        let document = serde_json::from_str::<SettingsDocument>(&json).map_err(|error| {
            let message = reason(&error);
            let unknown = self.path.last().map(|key| format!("unknown field `{key}`"));
            let is_unknown = unknown.is_some_and(|unknown| message.starts_with(&unknown));
            (message, if is_unknown { Cause::UnknownKey } else { Cause::Value })
        })?;
        match Settings::try_from(document) {
            Ok(_) => Ok(()),
            Err(error) if self.contains(&error) => Err((error.to_string(), Cause::Value)),
            Err(error) => Err((error.to_string(), Cause::Elsewhere)),
        }
    }

    fn contains(&self, error: &SettingsError) -> bool {
        let path = self.path.join(".");
        error.path().is_none_or(|place| {
            let rest = place.strip_prefix(&path);
            path.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }

    /// The values of an object; none of any other value.
    fn parts(&self) -> Vec<Node<'a>> {
        let values = serde_json::from_str::<BTreeMap<String, &RawValue>>(self.json);
        let part = |(key, value): (String, &'a RawValue)| {
            let path = self.path.iter().cloned().chain([key]).collect();
            Node { text: self.text, path, json: value.get() }
        };
        values.unwrap_or_default().into_iter().map(part).collect()
    }

    fn line(&self) -> usize {
        let offset = self.json.as_ptr().addr() - self.text.as_ptr().addr();
        self.text[..offset].bytes().filter(|byte| *byte == b'\n').count() + 1
    }
}

/// An error of `serde_json` without its place, which is one in another document.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(reason, _)| reason.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        find_problems(text).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_right_document_has_no_problem() {
        assert_eq!(lines("{}"), [""; 0]);
        let text = r#"{"timeZone":"Europe/Berlin","gaps":{"waitingSeconds":{"call":60}},
            "serviceLevel":{"queues":{"q":{"voice":{"durationMs":1}}}}}"#;
        assert_eq!(lines(text), [""; 0]);
    }

    #[test]
    fn every_wrong_value_has_its_line_and_what_is_allowed() {
        let text = r#"{
  "timeZone": "Mars",
  "intervalMinutes": 20,
  "shortAbandonMs": "10",
  "timezone": {"a": {"b": 1}},
  "serviceLevel": {
    "media": {
      "voice": {"durationMs": -1, "percentage": 0.9},
      "chat":
        {"percentage": 80},
      "email": {"percentage": 0.8},
      "vioce": {"durationMs": 1}
    },
    "queues": {"a#b": {"voice": {"durationMs": 1}}}
  },
  "gaps": {"rules": {"missingOutbound": 1}, "settleSeconds": 0}
}"#;
        let expected = [
            "2: timeZone: there is no time zone \"Mars\"; use an IANA name such as \"America/New_York\"",
            "3: intervalMinutes: an interval of 20 minutes is not possible; use 15, 30 or 60",
            "4: shortAbandonMs: invalid type: string \"10\", expected i64",
            "5: timezone: unknown field `timezone`, expected one of `timeZone`, `intervalMinutes`, \
             `shortAbandonMs`, `serviceLevel`, `serviceLevelFormula`, `occupancyFormula`, `gaps`, \
             `agents`",
            "8: serviceLevel.media.voice.durationMs is -1 ms; use 0 to 2678400000",
            "10: serviceLevel.media.chat.percentage is 80; use a share from 0 to 1, such as 0.8",
            "11: serviceLevel.media.email.durationMs is missing; say within how many milliseconds an \
             answer is in time",
            "12: serviceLevel.media.vioce is no media type; use voice, chat, email, callback or message",
            "14: serviceLevel.queues.a#b: serviceLevel.queues has the queue id \"a#b\", which has a \
             control character or '#'",
            "16: gaps.rules.missingOutbound: invalid type: integer `1`, expected a boolean",
            "16: gaps.settleSeconds is 0 s; use 1 to 2678400",
        ];
        assert_eq!(lines(text), expected);
    }

    #[test]
    fn values_that_contradict_each_other_are_a_problem_of_what_holds_them() {
        let text = "{\n\"timeZone\":\"Asia/Kolkata\",\n\"intervalMinutes\":60}";
        let problems = find_problems(text);
        assert_eq!((problems.len(), problems[0].line, problems[0].path.as_str()), (1, 1, ""));
        let text =
            r#"{"serviceLevel":{"media":{"call":{"durationMs":1},"voice":{"durationMs":2}}}}"#;
        assert!(lines(text)[0].contains("is set twice"), "{:?}", lines(text));
    }

    #[test]
    fn what_is_no_json_has_the_line_at_which_it_ends_to_be() {
        assert_eq!(lines("{\n\"timeZone\":\n}"), ["3: no JSON: expected value"]);
        assert_eq!(lines(""), ["1: no JSON: EOF while parsing a value"]);
        assert_eq!(lines("[]x").len(), 1);
        assert_eq!(lines("7"), ["1: invalid type: integer `7`, expected an object"]);
    }
}
