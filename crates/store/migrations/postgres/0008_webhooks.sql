-- Addresses that are told what happens. `position` is how far the log was read for one.
CREATE TABLE webhook (
    provider TEXT NOT NULL,
    id BYTEA NOT NULL,
    url TEXT NOT NULL,
    kinds TEXT NOT NULL,
    secret TEXT NOT NULL,
    former_secret TEXT,
    former_until BIGINT,
    state TEXT NOT NULL,
    position BIGINT NOT NULL,
    failing_since BIGINT,
    created_at BIGINT NOT NULL,
    created_by BYTEA NOT NULL,
    PRIMARY KEY (provider, id)
);

-- What was or is to be sent. `claim_at` is when it may be taken, or when a claim lapses.
CREATE TABLE webhook_delivery (
    provider TEXT NOT NULL,
    webhook BYTEA NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    claim_at BIGINT NOT NULL,
    answered_at BIGINT,
    status BIGINT,
    error TEXT,
    PRIMARY KEY (provider, webhook, id)
);
CREATE INDEX webhook_delivery_waiting ON webhook_delivery (claim_at) WHERE state = 'waiting';
CREATE INDEX webhook_delivery_by_age ON webhook_delivery (provider, webhook, created_at, id);
