-- What a person proves themselves with: a password, a second factor, recovery codes. One row each.
CREATE TABLE credential (
    provider TEXT NOT NULL,
    person BLOB NOT NULL,
    kind TEXT NOT NULL,
    secret TEXT NOT NULL,
    last_step INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    confirmed_at INTEGER,
    PRIMARY KEY (provider, person, kind)
) STRICT, WITHOUT ROWID;

-- When a token was last used, to a few minutes.
CREATE TABLE token_use (
    hash BLOB NOT NULL PRIMARY KEY,
    used_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
