-- Who did what, when and from where, refusals included. Rows are added and never changed.
CREATE TABLE audit (
    provider TEXT NOT NULL,
    id BLOB NOT NULL,
    at INTEGER NOT NULL,
    person BLOB NOT NULL,
    deed TEXT NOT NULL,
    object TEXT NOT NULL,
    outcome TEXT NOT NULL,
    network TEXT NOT NULL,
    PRIMARY KEY (provider, id)
) STRICT;
