//! The names of queues, by id.

use crate::CliError;
use crate::terminal::printable;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// In place of a media type: the staffing of a queue.
pub(crate) const AGENTS: &str = "agents";

/// The names of queues, by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct QueueNames(BTreeMap<String, String>);

/// A queue of `GET /api/v2/routing/queues`.
#[derive(Deserialize)]
struct Queue {
    id: String,
    name: String,
}

/// What a file of names may contain.
#[derive(Deserialize)]
#[serde(untagged)]
enum Names {
    /// A page of `GET /api/v2/routing/queues`.
    Page { entities: Vec<Queue> },
    /// One queue of such a page.
    Queue(Queue),
    /// Names by id.
    ById(BTreeMap<String, String>),
}

impl QueueNames {
    /// Reads a file with JSON values, one after the other: names by id, queues of Genesys' API
    /// (`id` and `name`), or whole pages of them.
    pub(crate) fn read(path: &Path) -> Result<Self, CliError> {
        let text = std::fs::read_to_string(path).map_err(CliError::read(path))?;
        Self::parse(&text).map_err(|error| {
            let hint =
                "give {\"<queueId>\": \"<name>\"}, or what GET /api/v2/routing/queues returns";
            CliError::content(path, format_args!("no names of queues: {error}; {hint}"))
        })
    }

    fn parse(text: &str) -> Result<Self, serde_json::Error> {
        let mut names = Self::default();
        for value in serde_json::Deserializer::from_str(text).into_iter() {
            let queues = match value? {
                Names::Page { entities } => entities,
                Names::Queue(queue) => vec![queue],
                Names::ById(names) => {
                    names.into_iter().map(|(id, name)| Queue { id, name }).collect()
                }
            };
            for Queue { id, name } in queues {
                names.insert(id, &name);
            }
        }
        Ok(names)
    }

    /// Adds the name of a queue.
    pub(crate) fn insert(&mut self, id: String, name: &str) {
        self.0.insert(id, printable(name));
    }

    /// Adds the name of the queue of a subject.
    pub(crate) fn insert_subject(&mut self, subject: &str, name: &str) {
        if let Some((id, _)) = queue_of(subject) {
            self.insert(id.to_owned(), name);
        }
    }

    /// The queues by id, with their names.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(id, name)| (id.as_str(), name.as_str()))
    }

    /// The name of a queue, or its id if the name is not known.
    pub(crate) fn name<'a>(&'a self, id: &'a str) -> &'a str {
        self.0.get(id).map_or(id, String::as_str)
    }
}

/// The queue id and media type of a queue's subject, such as `queue#<queueId>#<media>`.
pub(crate) fn queue_of(subject: &str) -> Option<(&str, &str)> {
    subject.strip_prefix("queue#")?.split_once('#')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_from_an_object_from_queues_and_from_pages() {
        let names = QueueNames::parse(
            r#"{"a": "Billing"}
               {"id": "b", "name": "Sales", "divisionId": "d"}
               {"entities": [{"id": "c", "name": "Support\u0007", "memberCount": 3}], "pageCount": 1}"#,
        );
        let names = names.unwrap();
        assert_eq!(
            ["a", "b", "c", "d"].map(|id| names.name(id)),
            ["Billing", "Sales", "Support?", "d"]
        );
    }

    #[test]
    fn other_json_is_an_error() {
        for text in ["[", "3", r#"{"a": 3}"#] {
            assert!(QueueNames::parse(text).is_err(), "{text}");
        }
    }
}
