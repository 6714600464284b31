//! Lists of queues, members and users, page by page.

use super::ApiRequest;
use super::refusal::Refusal;
use crate::archive::{Catalog, Page};
use crate::json::Object;

const PAGE_SIZE: usize = 25;
const MEMBERS_MAX: usize = 100;
/// An assumption: Genesys names no number for queues and users.
const OTHERS_MAX: usize = 500;

/// Parameters that change nothing of what the stand-in lists. Others would, and are refused.
const PASSED_OVER: [&str; 5] = ["expand", "joined", "sortBy", "sortOrder", "state"];

pub(super) fn queues(catalog: &Catalog<'_>, request: &ApiRequest) -> Result<Vec<u8>, Refusal> {
    let place = Place::of(request, OTHERS_MAX)?;
    let page = catalog.queues(place.skip(), place.size);
    Ok(place.counted(request.path(), page))
}

pub(super) fn members(
    catalog: &Catalog<'_>,
    queue: &str,
    request: &ApiRequest,
) -> Result<Vec<u8>, Refusal> {
    let place = Place::of(request, MEMBERS_MAX)?;
    let page = catalog.members(queue, place.skip(), place.size);
    let page = page.ok_or_else(|| Refusal::not_found("The queue"))?;
    // Genesys counts no members: the last page is the one without a next.
    Ok(place.list(request.path(), page).close())
}

pub(super) fn users(catalog: &Catalog<'_>, request: &ApiRequest) -> Result<Vec<u8>, Refusal> {
    let place = Place::of(request, OTHERS_MAX)?;
    let page = catalog.users(place.skip(), place.size);
    Ok(place.counted(request.path(), page))
}

/// A page's size and number, from 1.
struct Place {
    size: usize,
    number: usize,
}

impl Place {
    fn of(request: &ApiRequest, size_max: usize) -> Result<Self, Refusal> {
        let mut place = Self { size: PAGE_SIZE, number: 1 };
        for (name, value) in request.parameters() {
            let number = || value.parse::<usize>().ok().filter(|number| *number > 0);
            let bad = || Refusal::bad(format_args!("{value} is no {name}"));
            match name.as_str() {
                "pageSize" => {
                    place.size = number().filter(|it| *it <= size_max).ok_or_else(bad)?;
                }
                "pageNumber" => place.number = number().ok_or_else(bad)?,
                name if PASSED_OVER.contains(&name) => {}
                name => return Err(Refusal::bad(format_args!("The stand-in has no {name}"))),
            }
        }
        Ok(place)
    }

    const fn skip(&self) -> usize {
        (self.number - 1).saturating_mul(self.size)
    }

    /// A page that says how much there is.
    fn counted(&self, path: &str, page: Page) -> Vec<u8> {
        let (total, pages) = (page.total, page.total.div_ceil(self.size));
        let mut body = self.list(path, page);
        body.int("total", whole(total)).int("pageCount", whole(pages));
        body.text("lastUri", &self.uri(path, pages.max(1)));
        body.close()
    }

    fn list(&self, path: &str, page: Page) -> Object {
        let pages = page.total.div_ceil(self.size);
        let next = Some(self.number + 1).filter(|next| *next <= pages);
        let previous = Some(self.number - 1).filter(|previous| *previous > 0);
        let mut body = Object::new();
        body.objects("entities", page.entities);
        body.int("pageSize", whole(self.size)).int("pageNumber", whole(self.number));
        body.text("firstUri", &self.uri(path, 1)).text("selfUri", &self.uri(path, self.number));
        body.maybe_text("nextUri", next.map(|it| self.uri(path, it)).as_deref());
        body.maybe_text("previousUri", previous.map(|it| self.uri(path, it)).as_deref());
        body
    }

    fn uri(&self, path: &str, number: usize) -> String {
        format!("{path}?pageSize={}&pageNumber={number}", self.size)
    }
}

fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
