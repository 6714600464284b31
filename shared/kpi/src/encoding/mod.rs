//! An entity in bytes: facts and books in one compact, versioned form.
//!
//! Every id, and every name without a number, is written once, in a dictionary; everything else
//! refers to it by its place. Times are written as the distance to the first one, numbers in as
//! few bytes as they need. The same entity always gives the same bytes. A plain answered call
//! takes 439 (see the golden file).

mod books;
mod facts;

use crate::Millis;
use crate::books::Books;
use crate::codec::{Reader, Writer};
use crate::facts::{Conversation, Session};

/// The first byte. A new form gets a new number, and this one stays readable.
pub const VERSION: u8 = 1;

/// Why bytes cannot be read as an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Written by a later release.
    #[error(
        "an entity has encoding version {0}, and this release reads {VERSION}; deploy a later release"
    )]
    Version(u8),
    /// Not written by this encoding, or damaged.
    #[error("an entity's bytes are damaged; restore its item from a backup")]
    Malformed,
}

/// An entity: its facts, and what it has put on the books.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entity {
    /// What is known.
    pub conversation: Conversation,
    /// What is in the rows because of it.
    pub books: Books,
}

impl Entity {
    /// The bytes that a store keeps.
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new(self.base());
        facts::write(&self.conversation, &mut writer);
        books::write(&self.books, &mut writer);
        writer.finish(VERSION)
    }

    /// Reads what [`Entity::encode`] wrote.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes, VERSION)?;
        let conversation = facts::read(&mut reader)?.in_order();
        let books = books::read(&mut reader)?.in_order();
        reader.finish()?;
        Ok(Self { conversation, books })
    }

    /// A time near all others: the newest of the first session. Any would do; this one is cheap.
    fn base(&self) -> Millis {
        let Conversation { acd, user, customer, metrics, closed, .. } = &self.conversation;
        let acd = acd.first().and_then(Session::newest);
        let user = || user.first().and_then(Session::newest);
        let customer = || customer.first().and_then(Session::newest);
        let metric = || metrics.first().map(|(_, metric)| metric.emitted);
        acd.or_else(user).or_else(customer).or_else(metric).or(*closed).unwrap_or_default()
    }
}
