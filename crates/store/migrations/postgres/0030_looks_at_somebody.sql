-- What a look was at, by its number or name alone, so that all looks at what somebody asked are found in one go.
ALTER TABLE look ADD COLUMN about TEXT NOT NULL DEFAULT '';
DROP INDEX look_by_object;
CREATE INDEX look_by_subject ON look (provider, about, at);
CREATE INDEX look_by_person ON look (provider, person, at);
-- From here on the engines differ.
UPDATE look SET about = CASE WHEN strpos(object, '/') > 0
THEN substr(object, 1, strpos(object, '/') - 1) ELSE object END;
