-- Letters to one person that belong to no request and wait to leave, worded when they are put here. One that left is
-- gone; one that was given up stays until an administrator has seen it.
CREATE TABLE letter (
    provider TEXT NOT NULL,
    id BYTEA NOT NULL,
    kind TEXT NOT NULL,
    person BYTEA NOT NULL,
    address TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    claim_at BIGINT NOT NULL,
    error TEXT,
    PRIMARY KEY (provider, id)
);
CREATE INDEX letter_waiting ON letter (claim_at) WHERE state = 'waiting';
