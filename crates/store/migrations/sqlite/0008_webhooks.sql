-- Addresses that are told what happens. `position` is how far the log was read for one.
CREATE TABLE webhook (
    provider TEXT NOT NULL,
    id BLOB NOT NULL,
    url TEXT NOT NULL,
    kinds TEXT NOT NULL,
    secret TEXT NOT NULL,
    former_secret TEXT,
    former_until INTEGER,
    state TEXT NOT NULL,
    position INTEGER NOT NULL,
    failing_since INTEGER,
    created_at INTEGER NOT NULL,
    created_by BLOB NOT NULL,
    PRIMARY KEY (provider, id)
) STRICT;

-- What was or is to be sent. `claim_at` is when it may be taken, or when a claim lapses.
CREATE TABLE webhook_delivery (
    provider TEXT NOT NULL,
    webhook BLOB NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    claim_at INTEGER NOT NULL,
    answered_at INTEGER,
    status INTEGER,
    error TEXT,
    PRIMARY KEY (provider, webhook, id)
) STRICT;
CREATE INDEX webhook_delivery_waiting ON webhook_delivery (claim_at) WHERE state = 'waiting';
CREATE INDEX webhook_delivery_by_age ON webhook_delivery (provider, webhook, created_at, id);
