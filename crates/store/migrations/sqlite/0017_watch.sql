-- When a session was last used, to a minute. One of before begins its idle time as it is upgraded.
ALTER TABLE session ADD COLUMN seen_at INTEGER NOT NULL DEFAULT 0;
UPDATE session SET seen_at = created_at;

-- From which browsers somebody came in, by a digest of their names.
CREATE TABLE known_browser (
    provider TEXT NOT NULL,
    person BLOB NOT NULL,
    browser BLOB NOT NULL,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (provider, person, browser)
) STRICT, WITHOUT ROWID;
