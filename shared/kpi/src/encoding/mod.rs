//! An entity in bytes: facts and books in one compact, versioned form.
//!
//! Every id, and every name without a number, is written once, in a dictionary; everything else
//! refers to it by its place. Times are written as the distance to the first one, numbers in as
//! few bytes as they need. The same entity always gives the same bytes. A plain answered call
//! takes 439 (see the golden file).

mod books;
mod budget;
mod facts;

use crate::Millis;
use crate::books::Contributions;
use crate::codec::{Reader, Writer};
use crate::facts::{Conversation, LastRead, Session};

/// The first byte of the newest form. A new form gets a new number, and older ones stay readable.
///
/// Version 2 is version 1 with what gap reads brought behind it, and is written only where there is
/// any: an entity that was never read keeps its bytes.
pub const VERSION: u8 = 2;

/// The form of an entity without anything that gap reads brought.
const WITHOUT_READS: u8 = 1;

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
    pub books: Contributions,
}

impl Entity {
    /// The bytes that a store keeps.
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new(self.base());
        facts::write(&self.conversation, &mut writer);
        books::write(&self.books, &mut writer);
        if !self.has_reads() {
            return writer.finish(WITHOUT_READS);
        }
        facts::write_read(self.conversation.read, &mut writer);
        budget::write(self.conversation.budget.as_ref(), &mut writer);
        writer.finish(VERSION)
    }

    /// Whether there is anything that version 1 has no form for.
    fn has_reads(&self) -> bool {
        let Conversation { read, budget, .. } = &self.conversation;
        *read != LastRead::Never || budget.is_some() || books::has_reads(&self.books)
    }

    /// Reads what [`Entity::encode`] wrote.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (mut reader, version) = Reader::new(bytes, VERSION)?;
        let mut conversation = facts::read(&mut reader)?;
        let books = books::read(&mut reader)?.in_order();
        if version > WITHOUT_READS {
            conversation.read = facts::read_read(&mut reader)?;
            conversation.budget = budget::read(&mut reader)?;
        }
        reader.finish()?;
        Ok(Self { conversation: conversation.in_order(), books })
    }

    /// A time near all others: the newest of the first session. Any would do; this one is cheap.
    fn base(&self) -> Millis {
        let Conversation { acd, user, customer, metrics, closed, budget, .. } = &self.conversation;
        let acd = acd.first().and_then(Session::newest);
        let user = || user.first().and_then(Session::newest);
        let customer = || customer.first().and_then(Session::newest);
        let metric = || metrics.first().map(|(_, metric)| metric.emitted);
        let report = || budget.as_ref().map(|report| report.at);
        let first = acd.or_else(user).or_else(customer).or_else(metric);
        first.or(*closed).or_else(report).unwrap_or_default()
    }
}
