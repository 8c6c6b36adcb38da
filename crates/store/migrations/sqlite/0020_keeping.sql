-- Until when something of a request was destroyed because it was kept long enough: how much, and when.
CREATE TABLE sweep (
    provider TEXT NOT NULL,
    ticket BLOB NOT NULL,
    done INTEGER NOT NULL,
    at INTEGER NOT NULL,
    texts INTEGER NOT NULL,
    files INTEGER NOT NULL,
    PRIMARY KEY (provider, ticket)
) STRICT, WITHOUT ROWID;

-- Who saw what, and from where; the same again within an hour is one row.
CREATE TABLE look (
    provider TEXT NOT NULL,
    person BLOB NOT NULL,
    what TEXT NOT NULL,
    object TEXT NOT NULL,
    hour INTEGER NOT NULL,
    at INTEGER NOT NULL,
    way TEXT NOT NULL,
    network TEXT NOT NULL,
    PRIMARY KEY (provider, person, what, object, hour)
) STRICT, WITHOUT ROWID;
CREATE INDEX look_by_time ON look (provider, at);
CREATE INDEX look_by_object ON look (provider, object, at);

-- What a scanner said of a file. What came before is waiting as well.
CREATE TABLE scan (
    provider TEXT NOT NULL,
    file BLOB NOT NULL,
    state TEXT NOT NULL,
    finding TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    claim_at INTEGER NOT NULL,
    at INTEGER,
    PRIMARY KEY (provider, file)
) STRICT, WITHOUT ROWID;
CREATE INDEX scan_waiting ON scan (claim_at) WHERE state = 'waiting';
INSERT INTO scan (provider, file, state, finding, attempts, claim_at)
SELECT provider, id, 'waiting', '', 0, 0 FROM file;
-- From here on the engines differ.
-- An erasure takes the network out of what a person did, and out of what was done to them their names of before.
DROP TRIGGER audit_is_not_changed;
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
WHEN NOT EXISTS (SELECT 1 FROM opened_way WHERE what = 'erasure')
  OR (NEW.network IS NOT OLD.network AND NEW.network <> '')
  OR (NEW.object IS NOT OLD.object
      AND (OLD.object NOT LIKE 'person %: %' OR NEW.object IS NOT substr(OLD.object, 1, 39)))
  OR NEW.provider IS NOT OLD.provider OR NEW.id IS NOT OLD.id OR NEW.at IS NOT OLD.at
  OR NEW.person IS NOT OLD.person OR NEW.deed IS NOT OLD.deed OR NEW.outcome IS NOT OLD.outcome
BEGIN SELECT RAISE(ABORT, 'the journal is never changed'); END;
