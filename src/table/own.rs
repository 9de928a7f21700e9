//! Columns of the caller's own, such as age or sex, at the end of the summary.

use super::{
    Outcome, Table,
    cell::Cell,
    column::{Definition, dictionary},
};

/// Own columns of the summary; the other tables have none.
#[derive(Debug, Clone, Default)]
pub(crate) struct OwnColumns(Vec<Definition>);

impl OwnColumns {
    pub(crate) fn new(names: impl IntoIterator<Item = String>) -> Self {
        let plain = |name: String| Cell::Word(name).to_string();
        let definition =
            |name: String| Definition::new(&name, &name, "A column of the list of studies, as given");
        Self(names.into_iter().map(plain).map(definition).collect())
    }

    /// A name that another column of the summary has.
    pub(crate) fn taken(&self) -> Option<&str> {
        let known = Table::Summary.definitions();
        let names = || self.0.iter().map(|own| own.name.as_str());
        names().enumerate().find_map(|(n, name)| {
            let is_taken =
                known.iter().any(|column| column.name == name) || names().take(n).any(|one| one == name);
            is_taken.then_some(name)
        })
    }

    /// The header of a table, with them.
    pub(crate) fn header(&self, table: Table) -> String {
        let names = self.0.iter().map(|own| own.name.clone());
        self.appended(table, table.header(), names)
    }

    /// The rows of a study, with its cells; one that is missing or empty is `n/a`.
    pub(crate) fn rows(&self, table: Table, study: &str, outcome: &Outcome<'_>, cells: &[String]) -> String {
        let cells = (0..self.0.len()).map(|n| Cell::from(cells.get(n)).to_string());
        self.appended(table, table.rows(study, outcome), cells)
    }

    /// The data dictionary of a table, with them.
    pub(crate) fn dictionary(&self, table: Table) -> String {
        let own = self.0.iter().filter(|_| table == Table::Summary);
        dictionary(table.definitions().into_iter().chain(own))
    }

    /// One line of the summary with more cells.
    fn appended(&self, table: Table, line: String, cells: impl Iterator<Item = String>) -> String {
        if table != Table::Summary || self.0.is_empty() {
            return line;
        }
        let mut line = line.trim_end_matches('\n').to_owned();
        for cell in cells {
            line.push('\t');
            line.push_str(&cell);
        }
        line.push('\n');
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_columns_follow_those_of_the_summary() {
        let own = OwnColumns::new(["age".into(), "read\tby".into()]);
        assert_eq!(own.taken(), None);
        let header = own.header(Table::Summary);
        assert_eq!(header, Table::Summary.header().replace('\n', "\tage\tread by\n"));
        let rows = |cells: &[&str]| {
            let cells: Vec<String> = cells.iter().map(ToString::to_string).collect();
            own.rows(Table::Summary, "a", &Outcome::Failed("x"), &cells)
        };
        assert!(rows(&["70", "=KL"]).ends_with("n/a\t70\t'=KL\n"));
        assert!(rows(&[""]).ends_with("n/a\tn/a\tn/a\n"));
        for table in [Table::Levels, Table::Measures] {
            assert_eq!(own.header(table), table.header());
            assert_eq!(own.dictionary(table), table.dictionary());
        }
        assert!(own.dictionary(Table::Summary).contains("\"read by\": {"));
        assert_eq!(OwnColumns::default().dictionary(Table::Summary), Table::Summary.dictionary());
    }

    #[test]
    fn a_name_stands_once() {
        let taken = |names: &[&str]| {
            OwnColumns::new(names.iter().map(ToString::to_string)).taken().map(str::to_owned)
        };
        assert_eq!(taken(&["age", "stage"]), Some("stage".into()));
        assert_eq!(taken(&["age", "sex", "age"]), Some("age".into()));
    }
}
