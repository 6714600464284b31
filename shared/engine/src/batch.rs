//! A batch of facts, those of each entity together.

use foldhash::fast::RandomState;
use headroom_kpi::{EntityKey, Fact};
use std::collections::HashMap;
use std::ops::Range;

/// Facts by entity, each with its place in the batch that they came in.
pub(crate) struct Facts(Vec<Option<(usize, Fact)>>);

/// Facts of one entity, by where they stand.
pub(crate) struct Group {
    pub(crate) key: EntityKey,
    pub(crate) facts: Range<usize>,
}

impl Facts {
    pub(crate) fn of(&self, group: &Group) -> impl Iterator<Item = &(usize, Fact)> {
        // All of them are there: the options only let `group` fill the list in any order.
        self.0[group.facts.clone()].iter().flatten()
    }
}

/// Brings the facts of each entity together, in their order: from here on they are read one after
/// the other, and not from all over the batch.
pub(crate) fn group(facts: Vec<(EntityKey, Fact)>) -> (Vec<Group>, Facts) {
    let (mut groups, numbers) = number(&facts);
    let mut end = 0;
    for Group { facts, .. } in &mut groups {
        let length = facts.len();
        *facts = end..end;
        end += length;
    }
    let mut together: Vec<_> = facts.iter().map(|_| None).collect();
    for ((at, (_, fact)), number) in facts.into_iter().enumerate().zip(numbers) {
        let Range { end, .. } = &mut groups[number].facts;
        together[*end] = Some((at, fact));
        *end += 1;
    }
    (groups, Facts(together))
}

/// Facts of an entity in a batch, as a guess of how many entities there are.
const FACTS_EACH: usize = 4;

/// The groups, each as long as it has facts, and of each fact which group it belongs to.
fn number(facts: &[(EntityKey, Fact)]) -> (Vec<Group>, Vec<usize>) {
    let mut groups = Vec::<Group>::new();
    let mut numbers: HashMap<&EntityKey, usize, RandomState> = HashMap::default();
    numbers.reserve(facts.len() / FACTS_EACH);
    let mut of = Vec::with_capacity(facts.len());
    for (key, _) in facts {
        let number = *numbers.entry(key).or_insert_with(|| {
            groups.push(Group { key: key.clone(), facts: 0..0 });
            groups.len() - 1
        });
        groups[number].facts.end += 1;
        of.push(number);
    }
    (groups, of)
}
