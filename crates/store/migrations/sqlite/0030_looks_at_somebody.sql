-- What a look was at, by its number or name alone, so that all looks at what somebody asked are found in one go.
ALTER TABLE look ADD COLUMN about TEXT NOT NULL DEFAULT '';
DROP INDEX look_by_object;
CREATE INDEX look_by_subject ON look (provider, about, at);
CREATE INDEX look_by_person ON look (provider, person, at);
-- From here on the engines differ.
DROP TRIGGER look_is_not_changed;
UPDATE look SET about = CASE WHEN instr(object, '/') > 0
THEN substr(object, 1, instr(object, '/') - 1) ELSE object END;
CREATE TRIGGER look_is_not_changed BEFORE UPDATE ON look
WHEN NOT EXISTS (SELECT 1 FROM opened_way WHERE what = 'erasure') OR NEW.network <> ''
  OR NEW.provider IS NOT OLD.provider OR NEW.person IS NOT OLD.person OR NEW.what IS NOT OLD.what
  OR NEW.object IS NOT OLD.object OR NEW.hour IS NOT OLD.hour OR NEW.at IS NOT OLD.at OR NEW.way IS NOT OLD.way
  OR NEW.about IS NOT OLD.about
BEGIN SELECT RAISE(ABORT, 'a look is never changed'); END;
