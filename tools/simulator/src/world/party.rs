//! Customers: fictional names, and phone numbers of the range reserved for fiction (555-01xx).

use super::lanes::Media;
use crate::chance::Chance;
use serde::Serialize;

/// A customer's personal data.
#[derive(Clone, Debug)]
pub(crate) struct Party {
    pub(crate) name: String,
    pub(crate) phone: String,
    pub(crate) email: String,
    pub(crate) subject: &'static str,
    pub(crate) message_type: &'static str,
}

/// `purpose` of a participant, as the Platform API writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Purpose {
    Customer,
    Ivr,
    Acd,
    Agent,
    User,
}

const FIRST: [&str; 16] = [
    "Maria", "James", "Aisha", "Wei", "Lena", "Tomás", "Priya", "Noah", "Zoë", "Ivan", "Fatima",
    "Hugo", "Grace", "Kenji", "Olga", "Samuel",
];
const LAST: [&str; 16] = [
    "Lopez", "Miller", "Khan", "Chen", "Schulz", "O'Brien", "Patel", "Smith", "Laurent", "Petrov",
    "Haddad", "Nilsson", "Okafor", "Tanaka", "Kowalska", "Reed",
];
const AREAS: [&str; 6] = ["317", "212", "415", "305", "206", "512"];
const SUBJECTS: [&str; 6] = [
    "Invoice \"March\" is wrong",
    "Where is my order?",
    "Re: change of address",
    "Cancel my contract",
    "Gr\u{f6}\u{df}e passt nicht \u{2013} Umtausch",
    "Password reset does not work",
];
const MESSAGE_TYPES: [&str; 4] = ["WEBMESSAGING", "WHATSAPP", "SMS", "OPEN"];

/// The name of an agent, by index.
pub(crate) fn staff_name(index: usize) -> String {
    let first = FIRST[index % FIRST.len()];
    let last = LAST[index / FIRST.len() % LAST.len()];
    format!("{first} {last}")
}

const HOTLINE: &str = "tel:+18005550100";
const MAILBOX: &str = "care@headroom.example";

impl Party {
    pub(crate) fn new(chance: &mut Chance) -> Self {
        let (first, last) = (chance.pick(&FIRST), chance.pick(&LAST));
        let (area, line) = (chance.pick(&AREAS), chance.between(0..=99));
        let mail_name = last.replace('\'', "").to_lowercase();
        Self {
            name: format!("{first} {last}"),
            phone: format!("tel:+1{area}55501{line:02}"),
            email: format!("{mail_name}{line}@example.com"),
            subject: chance.pick(&SUBJECTS),
            message_type: chance.pick(&MESSAGE_TYPES),
        }
    }

    /// The customer's address: of an e-mail, of a chat (the name), or of a call.
    pub(crate) fn address(&self, media: Media) -> &str {
        match media {
            Media::Email => &self.email,
            Media::Chat => &self.name,
            Media::Voice | Media::Callback | Media::Message => &self.phone,
        }
    }
}

/// The contact centre's address.
pub(crate) const fn centre_address(media: Media) -> &'static str {
    match media {
        Media::Email => MAILBOX,
        Media::Voice | Media::Callback | Media::Message | Media::Chat => HOTLINE,
    }
}
