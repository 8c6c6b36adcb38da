-- Each row of the journal proves what it says: `hash` covers its fixed parts and `digest`, which covers, under `salt`,
-- what an erasure may take out. Rows of before have none. Days of rows are read by their instants.
ALTER TABLE audit ADD COLUMN salt BYTEA;
ALTER TABLE audit ADD COLUMN digest BYTEA;
ALTER TABLE audit ADD COLUMN hash BYTEA;
CREATE INDEX audit_by_time ON audit (provider, at, id);
CREATE INDEX audit_by_person ON audit (provider, person, id);
-- From here on the engines differ.
-- An erasure takes the salt as well, so that nothing that was taken can be guessed from the digest.
CREATE OR REPLACE FUNCTION unplace_audit(whose TEXT, who BYTEA) RETURNS SETOF BIGINT
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
    UPDATE audit SET network = '', object = CASE WHEN deed = 'sign_in' THEN '' ELSE object END, salt = NULL
    WHERE provider = whose AND person = who AND length(who) = 16 RETURNING at
$$;
CREATE OR REPLACE FUNCTION unname_audit(whose TEXT, who TEXT) RETURNS SETOF BIGINT
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
    UPDATE audit SET object = left(object, 39), salt = NULL WHERE provider = whose AND length(who) = 32
    AND left(object, 41) = 'person ' || who || ': ' RETURNING at
$$;
