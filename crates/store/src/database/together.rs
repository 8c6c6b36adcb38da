//! Reads that go to the database in one hop: one snapshot on SQLite; on PostgreSQL each sees its own, none
//! an older one than the read before it.

use crate::database::postgres::Asking;
use crate::database::sqlite::Reader;
use crate::error::StoreError;
use crate::sql::Query;

/// Some queries, as a tuple.
pub(crate) trait Together: Send + Sync {
    /// The rows of each.
    type Rows: Send;

    /// Reads one after another.
    fn read(&self, reader: &Reader<'_>) -> Result<Self::Rows, StoreError>;

    /// Sends all at once and reads what comes back.
    fn ask(&self, asking: &Asking) -> impl Future<Output = Result<Self::Rows, StoreError>> + Send;
}

macro_rules! together {
    ($($row:ident $place:tt),+) => {
        impl<$($row: Send + 'static),+> Together for ($(Query<$row>,)+) {
            type Rows = ($(Vec<$row>,)+);

            fn read(&self, reader: &Reader<'_>) -> Result<Self::Rows, StoreError> {
                Ok(($(reader.rows(&self.$place)?,)+))
            }

            async fn ask(&self, asking: &Asking) -> Result<Self::Rows, StoreError> {
                let prepared = ($(asking.prepare(&self.$place).await?,)+);
                // Polled in this order, they are sent in this order without waiting for one another.
                let rows = tokio::join!(biased; $(asking.rows(&prepared.$place, &self.$place)),+);
                Ok(($(rows.$place?,)+))
            }
        }
    };
}

together!(A 0, B 1);
together!(A 0, B 1, C 2, D 3);
together!(A 0, B 1, C 2, D 3, E 4);
