//! Where a test's database lies, to be read behind the program's back.

// Each test program uses what it needs of it.
#![allow(dead_code)]

use harness::{Postgres, TemporaryFolder};
use std::path::PathBuf;
use store::{Database, PostgresConfig, SqliteConfig};

/// The files of a database, of either engine.
pub enum Disk {
    Sqlite(PathBuf),
    Postgres(String),
}

impl Disk {
    /// A store in one file, in a folder of its own.
    pub async fn sqlite(name: &str) -> (Database, TemporaryFolder, Self) {
        let folder = TemporaryFolder::new(name);
        let path = folder.join(&format!("{name}.sqlite"));
        let store = Database::open_sqlite(&SqliteConfig::at(&path)).await.expect("a store");
        (store, folder, Self::Sqlite(path.into()))
    }

    /// A store on the server.
    pub async fn postgres(name: &str) -> (Database, TemporaryFolder, Self) {
        let url = Postgres::shared().fresh_database();
        let config = PostgresConfig { url: url.clone(), pool_size: 4 };
        let store = Database::open_postgres(&config).await.expect("a store");
        (store, TemporaryFolder::new(name), Self::Postgres(url))
    }

    /// Runs SQL behind the program's back.
    pub fn tamper(&self, sql: &str) {
        match self {
            Self::Sqlite(path) => {
                let behind = rusqlite::Connection::open(path).expect("opened");
                // Whoever may write to the file may take its guards away as well.
                for guard in [
                    "log_is_not_changed",
                    "log_is_not_removed",
                    "checkpoint_is_not_changed",
                    "audit_is_not_changed",
                    "audit_is_not_removed",
                ] {
                    behind.execute_batch(&format!("DROP TRIGGER IF EXISTS {guard}")).expect("dropped");
                }
                behind.execute_batch(sql).expect("tampered");
            }
            Self::Postgres(url) => {
                Postgres::query(url, sql);
            }
        }
    }

    /// Every byte that the database keeps in files of its tables.
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Sqlite(path) => ["", "-wal", "-shm"]
                .iter()
                .flat_map(|end| std::fs::read(format!("{}{end}", path.display())).unwrap_or_default())
                .collect(),
            Self::Postgres(url) => {
                Postgres::query(url, "CHECKPOINT");
                let place = "SELECT current_setting('data_directory') || '/base/' || oid FROM pg_database
                     WHERE datname = current_database()";
                let folder =
                    std::fs::read_dir(Postgres::query(url, place)).expect("the folder of the database");
                let mut bytes: Vec<u8> = folder
                    .flatten()
                    .flat_map(|entry| std::fs::read(entry.path()).unwrap_or_default())
                    .collect();
                // What a table holds compressed is read through SQL, as text.
                let tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'";
                for table in Postgres::query(url, tables).lines() {
                    bytes.extend(Postgres::query(url, &format!("SELECT * FROM {table}")).into_bytes());
                }
                bytes
            }
        }
    }
}
