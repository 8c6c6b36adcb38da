-- Who is who at identity providers: issuer and subject, nothing else.
CREATE TABLE identity_link (
    provider TEXT NOT NULL,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    person BYTEA NOT NULL,
    linked_at BIGINT NOT NULL,
    PRIMARY KEY (provider, issuer, subject),
    UNIQUE (provider, person, issuer)
);

-- Sign-ins that are under way, by the hash of a secret of whoever ends them. Each is ended once.
CREATE TABLE ceremony (
    hash BYTEA NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX ceremony_by_end ON ceremony (expires_at);
