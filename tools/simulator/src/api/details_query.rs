//! Queries for conversation details.

use super::refusal::Refusal;
use crate::archive::Record;
use crate::json::Object;
use crate::time::DAY_MS;
use jiff::Timestamp;
use serde::Deserialize;

const PAGE_SIZE: usize = 25;
/// An assumption, which is commonly quoted.
const PAGE_SIZE_MAX: usize = 100;
const RESULTS_MAX: usize = 100_000;

/// The body of a query. Filters are refused, since the stand-in has none.
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
pub(super) enum Order {
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
pub(super) struct Paging {
    page_size: usize,
    page_number: usize,
}

impl Default for Paging {
    fn default() -> Self {
        Self { page_size: PAGE_SIZE, page_number: 1 }
    }
}

/// A valid query.
pub(super) struct DetailsQuery {
    from: i64,
    to: i64,
    body: Body,
}

impl DetailsQuery {
    pub(super) fn parse(body: &[u8]) -> Result<Self, Refusal> {
        let body: Body = serde_json::from_slice(body).map_err(Refusal::bad_request)?;
        let (from, to) = interval(&body.interval)?;
        body.paging.check()?;
        Ok(Self { from, to, body })
    }

    /// The UTC days that the interval touches: only conversations that start in them match.
    pub(super) const fn days(&self) -> (i64, i64) {
        let last = self.to - 1;
        (self.from - self.from.rem_euclid(DAY_MS), last - last.rem_euclid(DAY_MS) + DAY_MS)
    }

    /// Whether a conversation, as of a time, overlaps the interval.
    pub(super) fn overlaps(&self, record: &Record, as_of: i64) -> bool {
        record.start < self.to && record.end_as_of(as_of).is_none_or(|end| end >= self.from)
    }

    /// Orders conversations, which must be in the order of their starts.
    pub(super) fn ordered<'a>(&self, mut hits: Vec<&'a Record>, as_of: i64) -> Vec<&'a Record> {
        if matches!(self.body.order_by, OrderBy::ConversationEnd) {
            hits.sort_by_key(|record| record.end_as_of(as_of).unwrap_or(i64::MAX));
        }
        if self.body.order == Order::Desc {
            hits.reverse();
        }
        hits
    }

    pub(super) const fn paging(&self) -> &Paging {
        &self.body.paging
    }
}

impl Paging {
    pub(super) fn check(&self) -> Result<(), Refusal> {
        let Self { page_size, page_number } = *self;
        if !(1..=PAGE_SIZE_MAX).contains(&page_size) || page_number == 0 {
            let message = format!("Use a pageSize of 1 to {PAGE_SIZE_MAX} and a pageNumber from 1");
            return Err(Refusal::bad_request(message));
        }
        if page_size.saturating_mul(page_number) > RESULTS_MAX {
            return Err(Refusal::bad_request(format_args!(
                "Pagination may not exceed {RESULTS_MAX} results. Tip: reduce the number of \
                 results by querying in smaller intervals"
            )));
        }
        Ok(())
    }

    /// A response with a page of the hits, in a field that it does not have without any.
    pub(super) fn response<T>(
        &self,
        name: &str,
        hits: Vec<T>,
        view: impl Fn(T) -> Object,
    ) -> Object {
        let (count, skip) = (hits.len(), (self.page_number - 1) * self.page_size);
        let page: Vec<_> = hits.into_iter().skip(skip).take(self.page_size).map(view).collect();
        let page = (!page.is_empty()).then(|| Object::default().with_list(name, page));
        Object::default().with_fields(page).with("totalHits", count)
    }
}

/// Parses two times with a slash between; the second must be later.
pub(super) fn interval(text: &str) -> Result<(i64, i64), Refusal> {
    let ms = |text: &str| Some(text.parse::<Timestamp>().ok()?.as_millisecond());
    let times = text.split_once('/').and_then(|(from, to)| Some((ms(from)?, ms(to)?)));
    let no_interval = || Refusal::bad_request(format_args!("{text} is no interval"));
    times.filter(|(from, to)| from < to).ok_or_else(no_interval)
}
