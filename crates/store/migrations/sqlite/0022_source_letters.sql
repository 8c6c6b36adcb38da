-- Letters that were fetched from a mailbox elsewhere and stay there, by what finds them again: for the day on which an
-- agreement wants them destroyed there too.
CREATE TABLE source_letter (
    provider TEXT NOT NULL,
    ticket BLOB NOT NULL,
    place TEXT NOT NULL,
    uid_validity INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    message_id TEXT NOT NULL,
    has_files INTEGER NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    claim_at INTEGER NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (provider, ticket, place, uid_validity, uid)
) STRICT, WITHOUT ROWID;
CREATE INDEX source_letter_leaving ON source_letter (place, claim_at) WHERE state = 'leaving';
