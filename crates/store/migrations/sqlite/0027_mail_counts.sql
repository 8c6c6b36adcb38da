-- How often something that letters bring about was done lately, by a digest of whom it was done to: for a day.
CREATE TABLE mail_count (
    what TEXT NOT NULL,
    name BLOB NOT NULL,
    place INTEGER NOT NULL,
    thing BLOB NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (what, name, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX mail_count_by_age ON mail_count (at);
