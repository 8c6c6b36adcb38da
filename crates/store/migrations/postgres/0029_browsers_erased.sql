-- What browser somebody came in by is theirs as well, and goes with their network.
-- From here on the engines differ.
-- The role of the application changes nothing in the journal; this takes out of what a person did what tells where and
-- by what they did it.
CREATE FUNCTION unplace_audit(whose TEXT, who BYTEA) RETURNS SETOF BIGINT
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
    UPDATE audit SET network = '', object = CASE WHEN deed = 'sign_in' THEN '' ELSE object END
    WHERE provider = whose AND person = who AND length(who) = 16 RETURNING at
$$;
