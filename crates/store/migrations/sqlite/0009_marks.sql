-- What people put on a request and look for again: tags, and values of a provider's own fields. `name`
-- says which; `value` is folded; `rank` orders numbers, dates and scores.
CREATE TABLE ticket_mark (
    provider TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    rank INTEGER,
    PRIMARY KEY (provider, name, value, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX ticket_mark_by_ticket ON ticket_mark (provider, sequence);
CREATE INDEX ticket_mark_by_rank ON ticket_mark (provider, name, rank) WHERE rank IS NOT NULL;

-- Requests that are put off leave the waiting work until they wake.
ALTER TABLE ticket ADD COLUMN snoozed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE desk_counter ADD COLUMN snoozed INTEGER NOT NULL DEFAULT 0;
