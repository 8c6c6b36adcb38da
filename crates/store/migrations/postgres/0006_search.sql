-- Each provider has a space of numbers for its parts in the index of words; each request counts its
-- parts. `words` was what a search looked through, row by row.
ALTER TABLE desk_counter ADD COLUMN space BIGINT NOT NULL DEFAULT 0 CHECK (space < 2048);
UPDATE desk_counter SET space = (SELECT count(*) FROM desk_counter d WHERE d.provider <= desk_counter.provider);
CREATE UNIQUE INDEX desk_counter_by_space ON desk_counter (space);
ALTER TABLE ticket ADD COLUMN parts BIGINT NOT NULL DEFAULT 0;
ALTER TABLE ticket DROP COLUMN words;
-- From here on the engines differ.
-- The words come folded and divided by single spaces. Positions are not kept: phrases are looked for
-- in the words themselves.
CREATE TABLE search_part (
    id BIGINT NOT NULL PRIMARY KEY,
    words TEXT NOT NULL,
    source BYTEA NOT NULL,
    lexemes TSVECTOR NOT NULL GENERATED ALWAYS AS (array_to_tsvector(string_to_array(words, ' '))) STORED
);
CREATE INDEX search_part_by_lexeme ON search_part USING gin (lexemes);
