//! Answers requests.

use crate::csv_page::csv_page;
use crate::cursor::{Cursor, Position};
use crate::error::ReadError;
use crate::etag::{etag, matches};
use crate::freshness::freshness;
use crate::page::{PageKeys, ReadRow, fitting, page_keys};
use crate::query::{Format, Query, next_page};
use crate::{Request, Response};
use headroom_engine::{RowStore, StoreError, StoredRow};
use headroom_kpi::{Bucket, Calendar, Millis, RowKey, Settings, Subject};
use headroom_protocol::{Grants, Histograms, RowFormatter, RowState, RowsPage};
use headroom_viewers::{QueueCatalog, Queues, SubjectFilter};
use metrics::counter;

/// Answers requests for rows.
#[derive(Debug)]
pub struct Reader<R> {
    /// The rows.
    pub rows: R,
    /// Names of queues.
    pub catalog: QueueCatalog,
    /// Decides which buckets are current.
    pub calendar: Calendar,
    /// Formats rows.
    pub formatter: RowFormatter,
}

/// The row whose changes are signs of life: the API budget is reported once a minute.
const BUDGET: RowKey = RowKey { subject: Subject::ApiBudget, bucket: Bucket::Now };

impl<R: RowStore + Sync> Reader<R> {
    /// Follows the settings in force at a time.
    pub fn follow(&mut self, settings: &Settings, now: Millis) {
        self.calendar = settings.in_force(now).calendar.clone();
        self.formatter.formulas = settings.formula_timeline();
        self.catalog.follow(settings);
    }

    /// Answers a request. After an error, which is one of the stack, API Gateway answers 500.
    pub async fn respond(&self, request: &Request, now: Millis) -> Result<Response, ReadError> {
        counter!("Reads").increment(1);
        let response = match self.answer(request, now).await {
            Ok(response) => response,
            Err(error) => Response::refused(error)?,
        };
        if response.status_code == 429 || response.status_code == 503 {
            counter!("ReadsPutOff").increment(1);
        }
        let is_head = request.request_context.http.method == "HEAD";
        Ok(if is_head { response.without_body() } else { response })
    }

    async fn answer(&self, request: &Request, now: Millis) -> Result<Response, ReadError> {
        let token = request.request_context.authorizer.context.token();
        let token = token.filter(|token| now < token.until).ok_or(ReadError::Expired)?;
        let query = Query::parse(&request.raw_query_string)?;
        if !query.patterns.iter().all(|pattern| token.grants.allows(pattern)) {
            return Err(ReadError::Forbidden);
        }
        let page = self.page(&query, &token.grants, now).await?;
        let (content_type, name) = match query.format {
            Format::Json => ("application/json", "json"),
            Format::Csv => ("text/csv; charset=utf-8; header=present", "csv"),
        };
        let etag = etag(&page, name)?;
        let known_tags = request.headers.if_none_match.as_deref();
        if known_tags.is_some_and(|known_tags| matches(known_tags, &etag)) {
            return Ok(Response::not_modified(etag));
        }
        let link = |cursor: &String| {
            format!("<{}>; rel=\"next\"", next_page(&request.raw_query_string, cursor))
        };
        let link = page.next.as_ref().map(link);
        let body = match query.format {
            Format::Json => serde_json::to_string(&page)?,
            Format::Csv => csv_page(&page)?,
        };
        Ok(Response::page(content_type, etag, link, body))
    }

    async fn page(
        &self,
        query: &Query,
        grants: &Grants,
        now: Millis,
    ) -> Result<RowsPage, ReadError> {
        let digest = query.digest();
        let (at, from) = match &query.cursor {
            None => (self.interval_start(now), Position::default()),
            Some(text) => {
                let cursor = Cursor::decode(text, &digest, now)?;
                (Millis(cursor.at), cursor.position)
            }
        };
        let buckets = query.buckets(&self.calendar, at)?;
        let filter = SubjectFilter { patterns: &query.patterns, range: (None, None), grants };
        let keys = page_keys(&self.rows, &filter, &buckets, &from).await?;
        let (page, next) = self.read(keys, now).await?;
        let next = next.map(|position| Cursor::new(digest, at, position).encode()).transpose()?;
        Ok(RowsPage { next, ..page })
    }

    /// The page of some rows, but for its cursor; and where the next one begins.
    async fn read(
        &self,
        page: PageKeys,
        now: Millis,
    ) -> Result<(RowsPage, Option<Position>), ReadError> {
        let (rows, queues) =
            tokio::join!(self.rows_and_budget(&page.keys), self.catalog.queues(now));
        let (rows, budget) = rows?;
        let current = rows.iter().map(|row| (row.key.bucket, &row.row));
        let (stale, lag_seconds) = freshness(current, budget.as_ref(), &self.calendar, now);
        let (states, next) = fitting(&rows, |row| self.state(row, &queues))?;
        let page_of_rows = RowsPage {
            as_of: jiff::Timestamp::from_millisecond(now.0).unwrap_or_default().to_string(),
            stale,
            lag_seconds,
            rows: states,
            next: None,
        };
        Ok((page_of_rows, next.or(page.next)))
    }

    /// Those rows that there are, and that of the API budget.
    async fn rows_and_budget(
        &self,
        page: &[(usize, RowKey)],
    ) -> Result<(Vec<ReadRow>, Option<StoredRow>), StoreError> {
        let mut keys: Vec<_> = page.iter().map(|(_, key)| key.clone()).collect();
        // No key may be read twice at once.
        let budget = keys.iter().position(|key| *key == BUDGET).unwrap_or(keys.len());
        if budget == keys.len() {
            keys.push(BUDGET);
        }
        let stored = self.rows.rows(&keys).await?;
        let budget = stored.get(budget).cloned().flatten();
        let read = |((position, key), row): (&(usize, RowKey), Option<StoredRow>)| {
            Some(ReadRow { position: *position, key: key.clone(), row: row? })
        };
        Ok((page.iter().zip(stored).filter_map(read).collect(), budget))
    }

    fn state(&self, ReadRow { key, row, .. }: &ReadRow, queues: &Queues) -> RowState {
        let StoredRow { row, epoch, at } = row;
        let mut state = self.formatter.format(key, row, *epoch, *at, Histograms::Absent);
        state.name = queues.name(&key.subject).cloned();
        state
    }

    /// The cursors of an interval are the same, and so are the tags of its pages.
    fn interval_start(&self, now: Millis) -> Millis {
        let length = i64::from(self.calendar.interval_minutes()) * 60_000;
        Millis(now.0.div_euclid(length) * length)
    }
}
