-- People in the order of their names, found by the beginnings of words: name and address without capitals and accents.
-- What stands is folded as the program opens the store. Sorted by code points on both engines.
ALTER TABLE person ADD COLUMN folded TEXT NOT NULL DEFAULT '';
CREATE INDEX person_by_name ON person (provider, folded, id);
CREATE INDEX person_to_fold ON person (provider) WHERE folded = '';
