//! A view and its columns.

/// A view.
pub(crate) struct View {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) columns: Vec<Column>,
    /// From `FROM` on.
    pub(super) source: String,
}

/// A column of a view.
pub(crate) struct Column {
    pub(crate) name: String,
    pub(super) sql: String,
    pub(crate) meaning: String,
}

impl Column {
    pub(super) fn new(name: &str, sql: impl Into<String>, meaning: &str) -> Self {
        Self { name: name.to_owned(), sql: sql.into(), meaning: meaning.to_owned() }
    }

    /// A column that is taken over.
    pub(super) fn plain(name: &str, meaning: &str) -> Self {
        Self::new(name, name, meaning)
    }
}

impl View {
    /// The statement that makes it, after an empty line.
    pub(crate) fn statement(&self) -> String {
        let column = |column: &Column| {
            if column.sql == column.name {
                format!("  {}", column.name)
            } else {
                format!("  {} AS {}", column.sql, column.name)
            }
        };
        let columns: Vec<_> = self.columns.iter().map(column).collect();
        let Self { name, about, source, .. } = self;
        let columns = columns.join(",\n");
        format!("\n-- {about}\nCREATE OR REPLACE VIEW {name} AS\nSELECT\n{columns}\n{source};\n")
    }
}
