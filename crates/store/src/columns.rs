use crate::database::Database;
use crate::error::StoreError;
use crate::sql::{Query, Sql};

static COLUMNS: Sql = Sql::differing(
    "SELECT m.name, c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c
     WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name NOT LIKE 'search~_part~_%' ESCAPE '~'
     ORDER BY m.name, c.cid",
    "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT) FROM information_schema.columns
     WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position",
);

impl Database {
    /// Every table with its columns, as they stand.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn columns(&self) -> Result<Vec<(String, String)>, StoreError> {
        self.query(Query::new(&COLUMNS, Vec::new(), |row| Ok((row.text(0)?, row.text(1)?)))).await
    }
}
