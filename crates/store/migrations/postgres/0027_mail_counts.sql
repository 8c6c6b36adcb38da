-- How often something that letters bring about was done lately, by a digest of whom it was done to: for a day.
CREATE TABLE mail_count (
    what TEXT NOT NULL,
    name BYTEA NOT NULL,
    place BIGINT NOT NULL,
    thing BYTEA NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (what, name, place)
);
CREATE INDEX mail_count_by_age ON mail_count (at);
