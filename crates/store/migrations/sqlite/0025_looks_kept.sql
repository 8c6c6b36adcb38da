-- Who saw what is kept as the journal is: nobody changes it, an erasure takes the network out, retention removes what
-- is old. That somebody was erased is never removed.
-- From here on the engines differ.
CREATE TRIGGER look_is_not_changed BEFORE UPDATE ON look
WHEN NOT EXISTS (SELECT 1 FROM opened_way WHERE what = 'erasure') OR NEW.network <> ''
  OR NEW.provider IS NOT OLD.provider OR NEW.person IS NOT OLD.person OR NEW.what IS NOT OLD.what
  OR NEW.object IS NOT OLD.object OR NEW.hour IS NOT OLD.hour OR NEW.at IS NOT OLD.at OR NEW.way IS NOT OLD.way
BEGIN SELECT RAISE(ABORT, 'a look is never changed'); END;
CREATE TRIGGER look_is_not_removed BEFORE DELETE ON look
WHEN NOT EXISTS (SELECT 1 FROM opened_way WHERE what = 'retention')
BEGIN SELECT RAISE(ABORT, 'a look is never removed'); END;
CREATE TRIGGER erasure_is_not_removed BEFORE DELETE ON erasure
BEGIN SELECT RAISE(ABORT, 'an erasure is never removed'); END;
