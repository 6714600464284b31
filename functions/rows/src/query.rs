//! The parameters of a request.

use crate::error::ReadError;
use headroom_kpi::{Bucket, Calendar, Millis};
use headroom_protocol::{BUCKETS_MAX, Pattern, SUBJECTS_PER_REQUEST_MAX, text_digest};
use std::collections::BTreeSet;

/// Most intervals of a span: 31 days of quarter hours.
const INTERVALS_MAX: i64 = 31 * 96;

/// What a request asks for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Query {
    pub(crate) patterns: BTreeSet<Pattern>,
    pub(crate) time: TimeRange,
    pub(crate) format: Format,
    pub(crate) cursor: Option<String>,
}

/// Of which times rows are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TimeRange {
    /// Of these buckets.
    Buckets(Vec<BucketName>),
    /// Of the intervals that begin from the first time up to, but not with, the second.
    Span(Millis, Millis),
}

/// A bucket as a request names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BucketName {
    /// `current`: the interval of the present time.
    Current,
    /// `today`: the day of the present time.
    Today,
    /// The name of a bucket.
    Named(Bucket),
}

/// The form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Csv,
}

/// The parameters as they are read, one after the other.
#[derive(Default)]
struct Parameters {
    patterns: BTreeSet<Pattern>,
    buckets: Vec<BucketName>,
    from: Option<Millis>,
    to: Option<Millis>,
    format: Option<Format>,
    cursor: Option<String>,
}

impl Query {
    /// Reads a query string.
    pub(crate) fn parse(raw: &str) -> Result<Self, ReadError> {
        let mut parameters = Parameters::default();
        for (name, value) in form_urlencoded::parse(raw.as_bytes()) {
            parameters.add(&name, &value)?;
        }
        parameters.query()
    }

    /// The buckets that are read if the present time is `now`.
    pub(crate) fn buckets(
        &self,
        calendar: &Calendar,
        now: Millis,
    ) -> Result<Vec<Bucket>, ReadError> {
        let names = match &self.time {
            TimeRange::Buckets(names) => names,
            TimeRange::Span(from, to) => return intervals(calendar, *from, *to),
        };
        let mut buckets = Vec::new();
        for name in names {
            let bucket = match name {
                BucketName::Current => calendar.interval(now),
                BucketName::Today => calendar.day(now),
                BucketName::Named(bucket) => *bucket,
            };
            if !buckets.contains(&bucket) {
                buckets.push(bucket);
            }
        }
        Ok(buckets)
    }

    /// Tells this query from others, whatever the form and the page.
    pub(crate) fn digest(&self) -> String {
        text_digest(&format!("{:?}|{:?}", self.patterns, self.time))
    }
}

/// The address of the page with a cursor, relative to that of the request.
pub(crate) fn next_page(raw: &str, cursor: &str) -> String {
    let parameters = form_urlencoded::parse(raw.as_bytes()).filter(|(name, _)| name != "cursor");
    let mut next = form_urlencoded::Serializer::new(String::new());
    next.extend_pairs(parameters).append_pair("cursor", cursor);
    format!("?{}", next.finish())
}

impl Parameters {
    fn add(&mut self, name: &str, value: &str) -> Result<(), ReadError> {
        match name {
            "subject" => self.add_subject(value),
            "bucket" => self.add_buckets(value),
            "from" => set(&mut self.from, name, time(name, value)?),
            "to" => set(&mut self.to, name, time(name, value)?),
            "format" => set(&mut self.format, name, format(value)?),
            "cursor" => set(&mut self.cursor, name, value.to_owned()),
            _ => Err(ReadError::bad_request(
                "a parameter is unknown; there are subject, bucket, from, to, format and cursor",
            )),
        }
    }

    fn add_subject(&mut self, value: &str) -> Result<(), ReadError> {
        let pattern = value.parse().map_err(|error| {
            ReadError::bad_request(format!("`subject` is {error}; in a URL `#` is `%23`"))
        })?;
        self.patterns.insert(pattern);
        if self.patterns.len() > SUBJECTS_PER_REQUEST_MAX {
            let message = format!("more than {SUBJECTS_PER_REQUEST_MAX} subjects; use a wildcard");
            return Err(ReadError::BadRequest(message));
        }
        Ok(())
    }

    fn add_buckets(&mut self, value: &str) -> Result<(), ReadError> {
        for name in value.split(',') {
            self.buckets.push(bucket_name(name)?);
            if self.buckets.len() > BUCKETS_MAX {
                let message = format!("more than {BUCKETS_MAX} buckets; use `from` and `to`");
                return Err(ReadError::BadRequest(message));
            }
        }
        Ok(())
    }

    fn query(self) -> Result<Query, ReadError> {
        if self.patterns.is_empty() {
            let message = "`subject` is missing, such as `subject=queue%23*` for all queues";
            return Err(ReadError::bad_request(message));
        }
        let default = || [BucketName::Named(Bucket::Now), BucketName::Current, BucketName::Today];
        let time = match (self.from, self.to) {
            (None, None) if self.buckets.is_empty() => TimeRange::Buckets(default().into()),
            (None, None) => TimeRange::Buckets(self.buckets),
            (Some(from), Some(to)) if self.buckets.is_empty() => TimeRange::Span(from, to),
            _ => {
                let message = "give `bucket`, or both `from` and `to`";
                return Err(ReadError::bad_request(message));
            }
        };
        let format = self.format.unwrap_or(Format::Json);
        Ok(Query { patterns: self.patterns, time, format, cursor: self.cursor })
    }
}

/// Sets a parameter that may be given once.
fn set<T>(parameter: &mut Option<T>, name: &str, value: T) -> Result<(), ReadError> {
    if parameter.replace(value).is_some() {
        return Err(ReadError::BadRequest(format!("`{name}` is given twice")));
    }
    Ok(())
}

fn bucket_name(name: &str) -> Result<BucketName, ReadError> {
    match name {
        "current" => Ok(BucketName::Current),
        "today" => Ok(BucketName::Today),
        name => name.parse().map(BucketName::Named).map_err(|_| {
            ReadError::bad_request(
                "`bucket` has a name that is none; use now, current, today, \
                 PT30M%232026-05-12T14:00:00Z or P1D%232026-05-12, with commas",
            )
        }),
    }
}

fn time(name: &str, value: &str) -> Result<Millis, ReadError> {
    let time = value.parse::<jiff::Timestamp>().map(|time| Millis(time.as_millisecond()));
    time.map_err(|_| {
        ReadError::BadRequest(format!(
            "`{name}` is no time; write 2026-05-12T14:00:00Z, or an offset with `+` as `%2B`"
        ))
    })
}

fn format(value: &str) -> Result<Format, ReadError> {
    match value {
        "json" => Ok(Format::Json),
        "csv" => Ok(Format::Csv),
        _ => Err(ReadError::bad_request("`format` is json or csv")),
    }
}

/// The intervals that begin from one time up to, but not with, another.
fn intervals(calendar: &Calendar, from: Millis, to: Millis) -> Result<Vec<Bucket>, ReadError> {
    let length = i64::from(calendar.interval_minutes()) * 60_000;
    let first = from.0.div_euclid(length) + i64::from(from.0.rem_euclid(length) > 0);
    let end = to.0.div_euclid(length) + i64::from(to.0.rem_euclid(length) > 0);
    if end - first > INTERVALS_MAX {
        let message = format!("a span of more than {INTERVALS_MAX} intervals; read a part at once");
        return Err(ReadError::BadRequest(message));
    }
    Ok((first..end).map(|number| calendar.interval(Millis(number * length))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-05-12T14:02:42Z
    const NOW: Millis = Millis(1_778_594_562_000);

    fn buckets(raw: &str) -> Vec<String> {
        let buckets = Query::parse(raw).unwrap().buckets(&Calendar::default(), NOW).unwrap();
        buckets.iter().map(ToString::to_string).collect()
    }

    fn error(raw: &str) -> String {
        let buckets = Query::parse(raw).and_then(|query| query.buckets(&Calendar::default(), NOW));
        buckets.map_or_else(|error| error.to_string(), |_| String::new())
    }

    #[test]
    fn words_and_names_of_buckets_are_read_once_each() {
        let current = ["now", "PT30M#2026-05-12T14:00:00Z", "P1D#2026-05-12"];
        assert_eq!(buckets("subject=queue%23*"), current);
        assert_eq!(buckets("subject=queue%23*&bucket=now,current,today"), current);
        let raw = "subject=queue%23*&bucket=today&bucket=P1D%232026-05-12,P1D%232026-05-11";
        assert_eq!(buckets(raw), ["P1D#2026-05-12", "P1D#2026-05-11"]);
    }

    #[test]
    fn a_span_is_the_intervals_that_begin_in_it() {
        let span =
            |from: &str, to: &str| buckets(&format!("subject=api%23budget&from={from}&to={to}"));
        let hour = ["PT30M#2026-05-12T08:00:00Z", "PT30M#2026-05-12T08:30:00Z"];
        assert_eq!(span("2026-05-12T08:00:00Z", "2026-05-12T09:00:00Z"), hour);
        assert_eq!(span("2026-05-12T07:30:00.001Z", "2026-05-12T08:30:00.001Z"), hour);
        assert_eq!(span("2026-05-12T10:00:00%2B02:00", "2026-05-12T09:00:00Z"), hour);
        assert_eq!(span("2026-05-12T09:00:00Z", "2026-05-12T08:00:00Z"), [""; 0]);
    }

    #[test]
    fn what_is_wrong_is_named_with_what_to_write() {
        let day = "from=2026-05-12T00:00:00Z&to=2026-05-13T00:00:00Z";
        let many: Vec<_> = (0..=500).map(|n| format!("&subject=agent%23{n}")).collect();
        let many = many.concat();
        let names = vec!["now"; 121].join(",");
        for (raw, part) in [
            (String::new(), "`subject` is missing"),
            ("subject=queue".into(), "`#` is `%23`"),
            ("subject=queue%23*&Subject=x".into(), "a parameter is unknown"),
            ("subject=queue%23*&bucket=yesterday".into(), "use now, current, today"),
            ("subject=queue%23*&bucket=".into(), "use now, current, today"),
            (format!("subject=queue%23*&bucket={names}"), "more than 120 buckets"),
            (format!("subject=queue%23*&bucket=now&{day}"), "or both `from` and `to`"),
            ("subject=queue%23*&from=2026-05-12T00:00:00Z".into(), "or both `from` and `to`"),
            (format!("subject=queue%23*&{day}&from=2026-05-12T00:00:00Z"), "`from` is given twice"),
            ("subject=queue%23*&from=2026-05-12T10:00:00+02:00&to=x".into(), "`+` as `%2B`"),
            ("subject=queue%23*&to=tomorrow".into(), "`to` is no time"),
            ("subject=queue%23*&format=xml".into(), "json or csv"),
            ("subject=queue%23*&format=csv&format=csv".into(), "`format` is given twice"),
            (format!("subject=api%23budget{many}"), "more than 500 subjects"),
            (
                "subject=queue%23*&from=2026-01-01T00:00:00Z&to=2026-12-31T00:00:00Z".into(),
                "more than 2976 intervals",
            ),
            (
                "subject=queue%23*&from=-009999-01-02T01:59:59Z&to=9999-12-30T22:00:00Z".into(),
                "more than 2976 intervals",
            ),
        ] {
            assert!(error(&raw).contains(part), "{raw}: {}", error(&raw));
        }
    }

    #[test]
    fn a_digest_tells_queries_apart_and_leaves_out_form_and_page() {
        let digest = |raw: &str| Query::parse(raw).unwrap().digest();
        let query = "subject=queue%23*&subject=agent%23*&bucket=now";
        let like = "bucket=now&format=csv&cursor=x&subject=agent%23*&subject=queue%23*";
        assert_eq!(digest(query), digest(like));
        for other in ["subject=queue%23*&bucket=now", "subject=queue%23*&subject=agent%23*"] {
            assert_ne!(digest(query), digest(other));
        }
    }

    #[test]
    fn the_address_of_the_next_page_keeps_all_but_the_cursor() {
        let next = next_page("subject=queue%23*&cursor=a&bucket=now,today&format=csv", "b_-");
        assert_eq!(next, "?subject=queue%23*&bucket=now%2Ctoday&format=csv&cursor=b_-");
    }
}
