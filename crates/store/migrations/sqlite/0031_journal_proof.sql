-- Each row of the journal proves what it says: `hash` covers its fixed parts and `digest`, which covers, under `salt`,
-- what an erasure may take out. Rows of before have none. Days of rows are read by their instants.
ALTER TABLE audit ADD COLUMN salt BLOB;
ALTER TABLE audit ADD COLUMN digest BLOB;
ALTER TABLE audit ADD COLUMN hash BLOB;
CREATE INDEX audit_by_time ON audit (provider, at, id);
CREATE INDEX audit_by_person ON audit (provider, person, id);
-- From here on the engines differ.
-- An erasure takes the salt as well, so that nothing that was taken can be guessed from the digest.
DROP TRIGGER audit_is_not_changed;
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
WHEN NOT EXISTS (SELECT 1 FROM opened_way WHERE what = 'erasure')
  OR (NEW.network IS NOT OLD.network AND NEW.network <> '')
  OR (NEW.salt IS NOT OLD.salt AND NEW.salt IS NOT NULL)
  OR (NEW.object IS NOT OLD.object
      AND (OLD.object NOT LIKE 'person %: %' OR NEW.object IS NOT substr(OLD.object, 1, 39))
      AND (OLD.deed <> 'sign_in' OR NEW.object <> ''))
  OR NEW.provider IS NOT OLD.provider OR NEW.id IS NOT OLD.id OR NEW.at IS NOT OLD.at
  OR NEW.person IS NOT OLD.person OR NEW.deed IS NOT OLD.deed OR NEW.outcome IS NOT OLD.outcome
  OR NEW.digest IS NOT OLD.digest OR NEW.hash IS NOT OLD.hash
BEGIN SELECT RAISE(ABORT, 'the journal is never changed'); END;
