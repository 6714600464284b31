//! Short names for the ids of a conversation, so that a line of text has room for them.

use super::explanation::Explanation;
use std::fmt::Write as _;

/// The ids of a conversation, in the order in which they first occur: the first queue is `Q1`.
pub(super) struct Labels<'a> {
    queues: Vec<&'a str>,
    agents: Vec<&'a str>,
    sessions: Vec<&'a str>,
}

impl<'a> Labels<'a> {
    pub(super) fn new(explanation: &'a Explanation) -> Self {
        let mut labels = Self { queues: Vec::new(), agents: Vec::new(), sessions: Vec::new() };
        for session in &explanation.sessions {
            add(&mut labels.sessions, Some(&session.session));
            for fact in &session.facts {
                add(&mut labels.queues, fact.queue.as_ref());
                add(&mut labels.agents, fact.user.as_ref());
            }
        }
        for metric in &explanation.metrics {
            add(&mut labels.sessions, metric.session.as_ref());
            add(&mut labels.queues, metric.queue.as_ref());
            add(&mut labels.agents, metric.user.as_ref());
        }
        labels
    }

    pub(super) fn queue(&self, id: &str) -> String {
        label('Q', &self.queues, id)
    }

    pub(super) fn agent(&self, id: &str) -> String {
        label('A', &self.agents, id)
    }

    /// `-` for a metric event that names no session.
    pub(super) fn session(&self, id: Option<&String>) -> String {
        id.map_or_else(|| "-".to_owned(), |id| label('S', &self.sessions, id))
    }

    /// The queues and agents, one to a line.
    pub(super) fn legend(&self) -> String {
        let mut text = String::new();
        for id in &self.queues {
            let _ = writeln!(text, "  {:<4}queue {id}", self.queue(id));
        }
        for id in &self.agents {
            let _ = writeln!(text, "  {:<4}agent {id}", self.agent(id));
        }
        text
    }

    /// Sessions of which there are metrics and nothing else.
    pub(super) fn sessions_of_metrics<'b>(
        &'b self,
        explanation: &'b Explanation,
    ) -> impl Iterator<Item = &'a str> + 'b {
        let has_facts = |id: &str| explanation.sessions.iter().any(|other| other.session == id);
        self.sessions.iter().copied().filter(move |id| !has_facts(id))
    }
}

fn add<'a>(ids: &mut Vec<&'a str>, id: Option<&'a String>) {
    if let Some(id) = id.filter(|id| !ids.contains(&id.as_str())) {
        ids.push(id);
    }
}

fn label(letter: char, ids: &[&str], id: &str) -> String {
    let position = ids.iter().position(|other| *other == id);
    position.map_or_else(|| id.to_owned(), |position| format!("{letter}{}", position + 1))
}
