-- Public keys by which people show who they are. A name is nobody's twice.
CREATE TABLE passkey (
    id BYTEA NOT NULL PRIMARY KEY,
    provider TEXT NOT NULL,
    person BYTEA NOT NULL,
    label TEXT NOT NULL,
    public_key BYTEA NOT NULL,
    counter BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX passkey_by_person ON passkey (provider, person);
