-- Who is who at identity providers: issuer and subject, nothing else.
CREATE TABLE identity_link (
    provider TEXT NOT NULL,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    person BLOB NOT NULL,
    linked_at INTEGER NOT NULL,
    PRIMARY KEY (provider, issuer, subject),
    UNIQUE (provider, person, issuer)
) STRICT, WITHOUT ROWID;

-- Sign-ins that are under way, by the hash of a secret of whoever ends them. Each is ended once.
CREATE TABLE ceremony (
    hash BLOB NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX ceremony_by_end ON ceremony (expires_at);
