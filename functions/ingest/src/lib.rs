//! Folds the events of a queue into entities and rows.
