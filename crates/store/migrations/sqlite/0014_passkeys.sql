-- Public keys by which people show who they are. A name is nobody's twice.
CREATE TABLE passkey (
    id BLOB NOT NULL PRIMARY KEY,
    provider TEXT NOT NULL,
    person BLOB NOT NULL,
    label TEXT NOT NULL,
    public_key BLOB NOT NULL,
    counter INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX passkey_by_person ON passkey (provider, person);
