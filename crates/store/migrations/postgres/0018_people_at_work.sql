-- What is kept of somebody for the work, as JSON: absences, languages and skills, how they are told things.
-- `kind` says which.
CREATE TABLE person_entry (
    provider TEXT NOT NULL,
    kind TEXT NOT NULL,
    person BYTEA NOT NULL,
    key TEXT NOT NULL,
    body TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (provider, kind, person, key)
);
