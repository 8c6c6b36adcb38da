-- What a provider keeps for its own desk, as JSON: canned replies, macros, rules, fields. `kind` says which.
CREATE TABLE entry (
    provider TEXT NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    body TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    changed_by BYTEA NOT NULL,
    PRIMARY KEY (provider, kind, key)
);
