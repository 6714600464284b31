//! How far audits are: a document of the ledger, which each run reads and writes.

use crate::config::Rules;
use headroom_engine::{Expiry, Part, StoreError};
use headroom_kpi::Millis;
use headroom_tables::{DocumentKey, Documents, Versioned, read_json, write_json};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Which part is next, what was found in each, and since when everything is kept that the rules say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Position {
    parts: u32,
    next_part: u32,
    /// Rows that differed when a part was last audited, by its number. Parts without any are left out.
    differences: BTreeMap<u32, u64>,
    retention_days: u32,
    interval_rows_days: u32,
    /// Entities without an event since then may be gone, in ms since 1970: a shorter retention was in
    /// force until then.
    entities_since: i64,
    /// The same of rows of intervals, by their end.
    interval_rows_since: i64,
}

fn key() -> DocumentKey {
    DocumentKey::new("audit", "position")
}

impl Position {
    /// The position under these rules.
    pub(crate) async fn read(
        documents: &impl Documents,
        rules: Rules,
        now: Millis,
    ) -> Result<Versioned<Self>, StoreError> {
        let stored = read_json::<Self>(documents, &key()).await?.unwrap_or_default();
        let Versioned { version, value: mut position } = stored;
        position.follow(rules, version == 0, now);
        Ok(Versioned { version, value: position })
    }

    /// Follows the rules. What was removed while a shorter retention was in force does not come back, and
    /// what was stored then still goes by it.
    fn follow(&mut self, rules: Rules, is_new: bool, now: Millis) {
        let Rules { parts, retention_days, interval_rows_days } = rules;
        if self.parts != parts {
            // The same number is another part now.
            (self.parts, self.next_part, self.differences) = (parts, 0, BTreeMap::new());
        }
        if !is_new && retention_days > self.retention_days {
            self.entities_since = now.0;
        }
        if !is_new && interval_rows_days > self.interval_rows_days {
            self.interval_rows_since = now.0;
        }
        (self.retention_days, self.interval_rows_days) = (retention_days, interval_rows_days);
    }

    /// The part whose turn it is.
    pub(crate) fn part(&self) -> Part {
        Part::new(self.next_part, self.parts)
    }

    /// What may be gone.
    pub(crate) fn expiry(&self, now: Millis) -> Expiry {
        let expiry = Expiry::new(now, self.retention_days, self.interval_rows_days);
        expiry.but_not_before(Millis(self.entities_since), Millis(self.interval_rows_since))
    }

    /// Rows that differed when their part was last audited.
    pub(crate) fn differing(&self) -> u64 {
        self.differences.values().sum()
    }

    /// Notes what was found in the part, and gives the turn to the next one.
    pub(crate) fn advance(&mut self, differing: u64) {
        let number = self.part().number();
        self.differences.remove(&number);
        if differing > 0 {
            self.differences.insert(number, differing);
        }
        self.next_part = Part::new(number + 1, self.parts).number();
    }

    /// Writes the position; not over that of a run that has ended meanwhile.
    pub(crate) async fn write(
        &self,
        documents: &impl Documents,
        version: u64,
    ) -> Result<(), StoreError> {
        match write_json(documents, &key(), self, version, None).await {
            Ok(_) | Err(StoreError::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000;

    fn rules(parts: u32, retention_days: u32) -> Rules {
        Rules { parts, retention_days, interval_rows_days: 400 }
    }

    #[test]
    fn what_was_found_in_a_part_holds_until_its_next_turn() {
        let mut position = Position::default();
        position.follow(rules(2, 90), true, Millis(0));
        for (count, total) in [(3, 3), (1, 4), (0, 1), (0, 0)] {
            position.advance(count);
            assert_eq!(position.differing(), total);
        }
        position.advance(5);
        position.follow(rules(3, 90), false, Millis(0));
        assert_eq!((position.differing(), position.part()), (0, Part::new(0, 3)));
    }

    #[test]
    fn a_longer_retention_holds_for_what_comes_after_it() {
        let mut position = Position::default();
        position.follow(rules(1, 30), true, Millis(100 * DAY));
        position.follow(rules(1, 90), false, Millis(100 * DAY));
        position.follow(rules(1, 90), false, Millis(140 * DAY));
        assert_eq!(position.entities_since, 100 * DAY);
        position.follow(rules(1, 20), false, Millis(150 * DAY));
        assert_eq!(position.entities_since, 100 * DAY, "a shorter one takes nothing back");
    }
}
