-- What browser somebody came in by is theirs as well, and goes with their network.
-- From here on the engines differ.
-- An erasure takes the network out of what a person did and the browser out of their sign-ins, and out of what was done
-- to them their names of before.
DROP TRIGGER audit_is_not_changed;
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
WHEN NOT EXISTS (SELECT 1 FROM opened_way WHERE what = 'erasure')
  OR (NEW.network IS NOT OLD.network AND NEW.network <> '')
  OR (NEW.object IS NOT OLD.object
      AND (OLD.object NOT LIKE 'person %: %' OR NEW.object IS NOT substr(OLD.object, 1, 39))
      AND (OLD.deed <> 'sign_in' OR NEW.object <> ''))
  OR NEW.provider IS NOT OLD.provider OR NEW.id IS NOT OLD.id OR NEW.at IS NOT OLD.at
  OR NEW.person IS NOT OLD.person OR NEW.deed IS NOT OLD.deed OR NEW.outcome IS NOT OLD.outcome
BEGIN SELECT RAISE(ABORT, 'the journal is never changed'); END;
