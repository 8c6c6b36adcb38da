-- Whose data were erased: the id alone, which names nobody, so that nothing brings them back. `done_at`
-- is when their rows were gone, `scrubbed_at` when the pages that had held them were.
CREATE TABLE erasure (
    provider TEXT NOT NULL,
    person BLOB NOT NULL,
    at INTEGER NOT NULL,
    asked_by BLOB NOT NULL,
    extent TEXT NOT NULL,
    done_at INTEGER,
    scrubbed_at INTEGER,
    PRIMARY KEY (provider, person)
) STRICT, WITHOUT ROWID;
