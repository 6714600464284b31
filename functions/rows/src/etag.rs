//! Whether a client has a page already.

use crate::error::ReadError;
use headroom_protocol::{RowsPage, text_digest};

/// The tag of a page: a digest of its rows with their versions, of whether it is stale, and of where
/// the next page begins. It is weak, since `asOf` and `lagSeconds` change with every read.
pub(crate) fn etag(page: &RowsPage, format: &str) -> Result<String, ReadError> {
    let content = (format, page.stale, &page.rows, &page.next);
    Ok(format!("W/\"{}\"", text_digest(&serde_json::to_string(&content)?)))
}

/// Whether `If-None-Match` names a tag, by weak comparison.
pub(crate) fn matches(if_none_match: &str, etag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let etag = opaque(etag);
    if_none_match.trim() == "*" || if_none_match.split(',').any(|tag| opaque(tag) == etag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> RowsPage {
        let as_of = "2026-05-12T14:02:42Z".to_owned();
        RowsPage { as_of, stale: false, lag_seconds: Some(3), rows: vec![], next: None }
    }

    #[test]
    fn a_tag_changes_with_what_a_reader_would_see_and_not_with_time() {
        let tag = |page: &RowsPage| etag(page, "json").unwrap();
        let later = RowsPage { as_of: "2026-05-12T14:02:43Z".into(), lag_seconds: None, ..page() };
        assert_eq!(tag(&later), tag(&page()));
        for other in
            [RowsPage { stale: true, ..page() }, RowsPage { next: Some("x".into()), ..page() }]
        {
            assert_ne!(tag(&other), tag(&page()));
        }
        assert_ne!(etag(&page(), "csv").unwrap(), tag(&page()));
    }

    #[test]
    fn tags_are_compared_weakly_and_in_lists() {
        for header in [r#"W/"a""#, r#""a""#, r#""b", W/"a""#, "*", r#" W/"b" ,W/"a" "#] {
            assert!(matches(header, r#"W/"a""#), "{header}");
        }
        for header in ["", "a", r#"W/"b""#, r#""aa""#] {
            assert!(!matches(header, r#"W/"a""#), "{header}");
        }
    }
}
