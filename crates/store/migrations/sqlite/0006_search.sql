-- Each provider has a space of numbers for its parts in the index of words; each request counts its
-- parts. `words` was what a search looked through, row by row.
ALTER TABLE desk_counter ADD COLUMN space INTEGER NOT NULL DEFAULT 0 CHECK (space < 2048);
UPDATE desk_counter SET space = (SELECT count(*) FROM desk_counter d WHERE d.provider <= desk_counter.provider);
CREATE UNIQUE INDEX desk_counter_by_space ON desk_counter (space);
ALTER TABLE ticket ADD COLUMN parts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ticket DROP COLUMN words;
-- From here on the engines differ.
-- The words come folded and divided by single spaces. Positions are not kept: phrases are looked for
-- in the words themselves.
CREATE VIRTUAL TABLE search_part USING fts5(
    words,
    source UNINDEXED,
    tokenize = 'ascii',
    detail = none,
    columnsize = 0,
    prefix = '2 3'
);
-- What is deleted leaves the index at once, not when it is next tidied.
INSERT INTO search_part (search_part, rank) VALUES ('secure-delete', 1);
