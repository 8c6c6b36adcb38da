-- Which accounts were destroyed, or are being: the id alone, so that nothing brings them back. `plan` is what was asked
-- and of whom, `certificate` the line that says what went; neither is changed once it stands, and no row is removed.
CREATE TABLE account_erasure (
    provider TEXT NOT NULL,
    account BYTEA NOT NULL,
    at BIGINT NOT NULL,
    asked_by BYTEA NOT NULL,
    plan TEXT NOT NULL,
    certificate TEXT,
    done_at BIGINT,
    scrubbed_at BIGINT,
    PRIMARY KEY (provider, account)
);
