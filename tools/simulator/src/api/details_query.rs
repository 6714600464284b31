//! The body of a query for conversation details.

use super::refusal::Refusal;
use crate::archive::Record;
use jiff::Timestamp;
use serde::Deserialize;

const DAY_MS: i64 = 86_400_000;
const PAGE_SIZE: usize = 25;
/// An assumption, commonly quoted.
const PAGE_SIZE_MAX: usize = 100;
const RESULTS_MAX: usize = 100_000;

/// What is asked for. Filters are refused: the stand-in has none.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Body {
    interval: String,
    #[serde(default)]
    order: Order,
    #[serde(default)]
    order_by: OrderBy,
    #[serde(default)]
    paging: Paging,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Order {
    #[default]
    Asc,
    Desc,
    Unordered,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
enum OrderBy {
    #[default]
    ConversationStart,
    ConversationEnd,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct Paging {
    page_size: usize,
    page_number: usize,
}

impl Default for Paging {
    fn default() -> Self {
        Self { page_size: PAGE_SIZE, page_number: 1 }
    }
}

/// A query that can be answered.
pub(super) struct DetailsQuery {
    from: i64,
    to: i64,
    order: Order,
    order_by: OrderBy,
    paging: Paging,
}

impl DetailsQuery {
    pub(super) fn read(body: &[u8]) -> Result<Self, Refusal> {
        let body: Body = serde_json::from_slice(body).map_err(Refusal::bad)?;
        let (from, to) = interval(&body.interval)
            .ok_or_else(|| Refusal::bad(format_args!("{} is no interval", body.interval)))?;
        let Paging { page_size, page_number } = body.paging;
        if !(1..=PAGE_SIZE_MAX).contains(&page_size) || page_number == 0 {
            let message = format!("Use a pageSize of 1 to {PAGE_SIZE_MAX} and a pageNumber from 1");
            return Err(Refusal::bad(message));
        }
        if page_size.saturating_mul(page_number) > RESULTS_MAX {
            return Err(Refusal::bad(format_args!(
                "Pagination may not exceed {RESULTS_MAX} results. Tip: reduce the number of \
                 results by querying in smaller intervals"
            )));
        }
        Ok(Self { from, to, order: body.order, order_by: body.order_by, paging: body.paging })
    }

    /// The UTC days that the interval touches: a conversation has to start in them.
    pub(super) const fn days(&self) -> (i64, i64) {
        let last = self.to - 1;
        (self.from - self.from.rem_euclid(DAY_MS), last - last.rem_euclid(DAY_MS) + DAY_MS)
    }

    /// Whether a conversation, as of a time, overlaps the interval.
    pub(super) fn touches(&self, it: &Record, at: i64) -> bool {
        it.start < self.to && end(it, at).is_none_or(|end| end >= self.from)
    }

    /// Puts conversations that are in the order of their starts in order.
    pub(super) fn ordered<'a>(&self, mut hits: Vec<&'a Record>, at: i64) -> Vec<&'a Record> {
        if matches!(self.order_by, OrderBy::ConversationEnd) {
            hits.sort_by_key(|it| end(it, at).unwrap_or(i64::MAX));
        }
        if self.order == Order::Desc {
            hits.reverse();
        }
        hits
    }

    /// How many to skip, and how many to take.
    pub(super) const fn page(&self) -> (usize, usize) {
        ((self.paging.page_number - 1) * self.paging.page_size, self.paging.page_size)
    }
}

fn end(it: &Record, at: i64) -> Option<i64> {
    it.end().filter(|end| *end <= at)
}

/// Two instants with a slash between them, the second one later.
fn interval(text: &str) -> Option<(i64, i64)> {
    let (from, to) = text.split_once('/')?;
    let ms = |text: &str| Some(text.parse::<Timestamp>().ok()?.as_millisecond());
    let (from, to) = (ms(from)?, ms(to)?);
    (from < to).then_some((from, to))
}
