-- Whose data were erased: the id alone, which names nobody, so that nothing brings them back. `done_at`
-- is when their rows were gone, `scrubbed_at` when the pages that had held them were.
CREATE TABLE erasure (
    provider TEXT NOT NULL,
    person BYTEA NOT NULL,
    at BIGINT NOT NULL,
    asked_by BYTEA NOT NULL,
    extent TEXT NOT NULL,
    done_at BIGINT,
    scrubbed_at BIGINT,
    PRIMARY KEY (provider, person)
);
