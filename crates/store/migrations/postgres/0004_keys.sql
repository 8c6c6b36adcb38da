-- What a person proves themselves with: a password, a second factor, recovery codes. One row each.
CREATE TABLE credential (
    provider TEXT NOT NULL,
    person BYTEA NOT NULL,
    kind TEXT NOT NULL,
    secret TEXT NOT NULL,
    last_step BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    confirmed_at BIGINT,
    PRIMARY KEY (provider, person, kind)
);

-- When a token was last used, to a few minutes.
CREATE TABLE token_use (
    hash BYTEA NOT NULL PRIMARY KEY,
    used_at BIGINT NOT NULL
);
