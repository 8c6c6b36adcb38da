-- Letters that a machine of ours wrote to people it does not know, so that there are never many.
CREATE TABLE courtesy (
    provider TEXT NOT NULL,
    notice BYTEA NOT NULL,
    domain TEXT NOT NULL,
    address TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (provider, notice)
);
CREATE INDEX courtesy_by_domain ON courtesy (provider, domain, at);

-- What mail servers last said of an address that did not take a letter.
CREATE TABLE address_standing (
    provider TEXT NOT NULL,
    address TEXT NOT NULL,
    class TEXT NOT NULL,
    reason TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (provider, address)
);

-- Letters that became no request: reports about nothing known, our own that came back, and what
-- could not be taken in. As they came, for an administrator to see.
CREATE TABLE kept_letter (
    provider TEXT NOT NULL,
    digest BYTEA NOT NULL,
    mailbox TEXT NOT NULL,
    why TEXT NOT NULL,
    sender TEXT NOT NULL,
    subject TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    bytes BYTEA NOT NULL,
    PRIMARY KEY (provider, digest)
);
CREATE INDEX kept_letter_by_arrival ON kept_letter (provider, received_at);
