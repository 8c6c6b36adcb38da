-- What a desk's entry said, from when on, and by whom (nobody: the desk itself). An entry that was removed says nothing
-- (NULL); what an erasure took out is empty. Kept as the journal is: nobody changes it, an erasure takes texts out,
-- retention removes what is old.
CREATE TABLE entry_version (
    provider TEXT NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    number INTEGER NOT NULL,
    body TEXT,
    at INTEGER NOT NULL,
    person BLOB,
    PRIMARY KEY (provider, kind, key, number)
) STRICT;
CREATE INDEX entry_version_by_time ON entry_version (provider, at, kind, key, number);
INSERT INTO entry_version (provider, kind, key, number, body, at, person)
SELECT provider, kind, key, 1, body, changed_at, changed_by FROM entry;
-- From here on the engines differ.
-- Webhooks have a table of their own and are told here alike, without their secrets.
INSERT INTO entry_version (provider, kind, key, number, body, at, person)
SELECT provider, 'webhook', lower(hex(id)), 1,
json_object('url', url, 'kinds', json(kinds), 'state', state, 'kept_by', lower(hex(created_by))),
created_at, created_by FROM webhook;
CREATE TRIGGER entry_version_is_not_changed BEFORE UPDATE ON entry_version
WHEN NOT EXISTS (SELECT 1 FROM opened_way WHERE what = 'erasure') OR NEW.body IS NOT ''
  OR NEW.provider IS NOT OLD.provider OR NEW.kind IS NOT OLD.kind OR NEW.key IS NOT OLD.key
  OR NEW.number IS NOT OLD.number OR NEW.at IS NOT OLD.at OR NEW.person IS NOT OLD.person
BEGIN SELECT RAISE(ABORT, 'a version is never changed'); END;
CREATE TRIGGER entry_version_is_not_removed BEFORE DELETE ON entry_version
WHEN NOT EXISTS (SELECT 1 FROM opened_way WHERE what = 'retention')
BEGIN SELECT RAISE(ABORT, 'a version is never removed'); END;
