-- Who did what, when and from where, refusals included. Rows are added and never changed.
CREATE TABLE audit (
    provider TEXT NOT NULL,
    id BYTEA NOT NULL,
    at BIGINT NOT NULL,
    person BYTEA NOT NULL,
    deed TEXT NOT NULL,
    object TEXT NOT NULL,
    outcome TEXT NOT NULL,
    network TEXT NOT NULL,
    PRIMARY KEY (provider, id)
);
