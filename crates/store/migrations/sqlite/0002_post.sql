-- Letters that a machine of ours wrote to people it does not know, so that there are never many.
CREATE TABLE courtesy (
    provider TEXT NOT NULL,
    notice BLOB NOT NULL,
    domain TEXT NOT NULL,
    address TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (provider, notice)
) STRICT, WITHOUT ROWID;
CREATE INDEX courtesy_by_domain ON courtesy (provider, domain, at);

-- What mail servers last said of an address that did not take a letter.
CREATE TABLE address_standing (
    provider TEXT NOT NULL,
    address TEXT NOT NULL,
    class TEXT NOT NULL,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (provider, address)
) STRICT, WITHOUT ROWID;

-- Letters that became no request: reports about nothing known, our own that came back, and what
-- could not be taken in. As they came, for an administrator to see.
CREATE TABLE kept_letter (
    provider TEXT NOT NULL,
    digest BLOB NOT NULL,
    mailbox TEXT NOT NULL,
    why TEXT NOT NULL,
    sender TEXT NOT NULL,
    subject TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (provider, digest)
) STRICT;
CREATE INDEX kept_letter_by_arrival ON kept_letter (provider, received_at);
