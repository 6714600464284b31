//! Viewers, as `headroom watch` is one.

use crate::Cloud;
use crate::rows::{Rows, Shown};
use headroom::watch::{Options, Token, Viewer};

/// A viewer with a token, of some subjects.
pub fn viewer(cloud: &Cloud, token: String, subjects: &[&str]) -> Viewer {
    let subjects = subjects.iter().map(|subject| (*subject).to_owned()).collect();
    let url = cloud.made.viewer_url.clone();
    Viewer::new(Options { url, token: Token::Text(token), subjects }).unwrap()
}

/// What a viewer holds, if none of it is stale.
pub fn rows_of(viewer: &Viewer) -> Option<Rows> {
    let view = viewer.view();
    if view.rows().any(|(_, stale)| stale) {
        return None;
    }
    let shown = view.rows().filter(|(row, _)| !row.metrics.is_empty());
    Some(shown.map(|(row, _)| Shown::of_state(row)).collect())
}
