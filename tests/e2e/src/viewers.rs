//! Viewers: the client of `headroom watch`.

use crate::Cloud;
use crate::rows::{RowValues, Rows};
use headroom::viewer::{Token, Viewer, ViewerOptions};
use headroom_protocol::SessionOptions;

/// A viewer with this token that subscribes to some subjects.
pub fn viewer(cloud: &Cloud, token: String, subjects: &[&str]) -> Viewer {
    let subjects = subjects.iter().map(|subject| (*subject).to_owned()).collect();
    let url = cloud.deployment.viewer_url.clone();
    Viewer::new(ViewerOptions {
        url,
        token: Token::Text(token),
        subjects,
        session: SessionOptions::default(),
    })
    .unwrap()
}

/// The rows of a viewer; none if one of them is stale.
pub fn rows_of(viewer: &Viewer) -> Option<Rows> {
    let view = viewer.view();
    if view.rows().any(|(_, stale)| stale) {
        return None;
    }
    let rows = view.rows().filter(|(row, _)| !row.metrics.is_empty());
    Some(rows.map(|(row, _)| RowValues::from_state(row)).collect())
}
