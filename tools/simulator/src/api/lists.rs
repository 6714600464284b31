//! Lists of queues, members and users, page by page.

use super::message::{ApiRequest, to_json};
use super::refusal::Refusal;
use crate::archive::{Catalog, Page};
use serde::Serialize;

const PAGE_SIZE: usize = 25;
const MEMBERS_PAGE_SIZE_MAX: usize = 100;
/// Of queues and users. An assumption: Genesys documents no limit.
const PAGE_SIZE_MAX: usize = 500;

/// Parameters that would not change an answer of the stand-in. All others are refused.
const IGNORED_PARAMETERS: [&str; 5] = ["expand", "joined", "sortBy", "sortOrder", "state"];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ListBody<T> {
    entities: Vec<T>,
    page_size: usize,
    page_number: usize,
    first_uri: String,
    self_uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_uri: Option<String>,
    #[serde(flatten)]
    count: Option<ListCount>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ListCount {
    total: usize,
    page_count: usize,
    last_uri: String,
}

pub(super) fn queues(catalog: &Catalog<'_>, request: &ApiRequest) -> Result<Vec<u8>, Refusal> {
    let range = PageRange::parse(request, PAGE_SIZE_MAX)?;
    Ok(range.body(request.path(), catalog.queues(range.skip(), range.size), true))
}

/// Genesys does not count members: the last page is the one without a next one.
pub(super) fn members(
    catalog: &Catalog<'_>,
    queue: &str,
    request: &ApiRequest,
) -> Result<Vec<u8>, Refusal> {
    let range = PageRange::parse(request, MEMBERS_PAGE_SIZE_MAX)?;
    let page = catalog.members(queue, range.skip(), range.size);
    let page = page.ok_or_else(|| Refusal::not_found("The queue"))?;
    Ok(range.body(request.path(), page, false))
}

pub(super) fn users(catalog: &Catalog<'_>, request: &ApiRequest) -> Result<Vec<u8>, Refusal> {
    let range = PageRange::parse(request, PAGE_SIZE_MAX)?;
    Ok(range.body(request.path(), catalog.users(range.skip(), range.size), true))
}

/// A page by its size and its number, from 1.
struct PageRange {
    size: usize,
    number: usize,
}

impl PageRange {
    fn parse(request: &ApiRequest, size_max: usize) -> Result<Self, Refusal> {
        let mut range = Self { size: PAGE_SIZE, number: 1 };
        for (name, value) in request.parameters() {
            let number = value.parse().ok().filter(|number| *number > 0);
            let invalid = || Refusal::bad_request(format_args!("{value} is no {name}"));
            match name.as_str() {
                "pageSize" => {
                    range.size = number.filter(|size| *size <= size_max).ok_or_else(invalid)?;
                }
                "pageNumber" => range.number = number.ok_or_else(invalid)?,
                name if IGNORED_PARAMETERS.contains(&name) => {}
                name => {
                    let message = format_args!("The stand-in has no {name}");
                    return Err(Refusal::bad_request(message));
                }
            }
        }
        Ok(range)
    }

    const fn skip(&self) -> usize {
        (self.number - 1).saturating_mul(self.size)
    }

    fn body<T: Serialize>(&self, path: &str, page: Page<T>, with_count: bool) -> Vec<u8> {
        let page_count = page.total.div_ceil(self.size);
        let uri = |number: usize| format!("{path}?pageSize={}&pageNumber={number}", self.size);
        to_json(&ListBody {
            entities: page.entities,
            page_size: self.size,
            page_number: self.number,
            first_uri: uri(1),
            self_uri: uri(self.number),
            next_uri: (self.number < page_count).then(|| uri(self.number + 1)),
            previous_uri: (self.number > 1).then(|| uri(self.number - 1)),
            count: with_count.then(|| ListCount {
                total: page.total,
                page_count,
                last_uri: uri(page_count.max(1)),
            }),
        })
    }
}
