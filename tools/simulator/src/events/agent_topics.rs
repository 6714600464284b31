//! Which events of agents are published, and their texts.

use crate::Options;
use crate::agents::Presence;
use crate::chance::{Chance, Part};
use crate::json::Object;

/// What the messages of agents' presences have in common. They are personal, and nothing that is
/// kept may have them.
pub const PERSONAL_TEXT: &str = "PERSONAL-TEXT";

const MESSAGES: [&str; 3] = ["at the dentist until 3", "dial 555-0142", "back soon \u{1f37d}"];

/// How the events of agents are published. Of those with lives of their own, draws are apart from
/// those of other events; of the others nothing is drawn.
pub(super) struct AgentEvents {
    pub(super) chance: Chance,
    /// Whether agents have lives of their own.
    pub(super) is_on: bool,
    pub(super) presences_without_date: bool,
    /// Beside `v2.users.{id}.activity`, which is enough, a deployment may have any of these topics.
    pub(super) topics: [bool; 3],
}

impl AgentEvents {
    pub(super) fn new(options: &Options) -> Self {
        let mut chance = Chance::new(options.seed, Part::AgentEvents);
        let is_on = options.agents;
        let topics = [(); 3].map(|()| !is_on || chance.happens(0.7));
        let presences_without_date = is_on && options.assumptions.presences_without_date;
        Self { chance, is_on, presences_without_date, topics }
    }

    pub(super) fn message(&mut self) -> Option<String> {
        if !self.is_on {
            return Some(String::new());
        }
        let message = self.chance.pick(&MESSAGES);
        self.chance.happens(0.5).then(|| format!("{PERSONAL_TEXT} {message}"))
    }

    /// A presence, mostly as analytics write it.
    pub(super) fn definition(&mut self, presence: Presence) -> Object {
        let system = match presence.system() {
            system if !self.is_on || self.chance.happens(0.9) => system.text(),
            system if self.chance.happens(0.5) => system.definition_text(),
            system => system.name().to_lowercase(),
        };
        Object::default().with("id", presence.id()).with("systemPresence", system)
    }
}
