-- Letters that were fetched from a mailbox elsewhere and stay there, by what finds them again: for the day on which an
-- agreement wants them destroyed there too.
CREATE TABLE source_letter (
    provider TEXT NOT NULL,
    ticket BYTEA NOT NULL,
    place TEXT NOT NULL,
    uid_validity BIGINT NOT NULL,
    uid BIGINT NOT NULL,
    message_id TEXT NOT NULL,
    has_files BIGINT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    claim_at BIGINT NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (provider, ticket, place, uid_validity, uid)
);
CREATE INDEX source_letter_leaving ON source_letter (place, claim_at) WHERE state = 'leaving';
