-- Who saw what is kept as the journal is: nobody changes it, an erasure takes the network out, retention removes what
-- is old. That somebody was erased is never removed.
-- From here on the engines differ.
-- The role of the application may not delete from it; this it may.
CREATE FUNCTION forget_looks(whose TEXT, before BIGINT) RETURNS SETOF BIGINT
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
    DELETE FROM look WHERE provider = whose AND at < before RETURNING at
$$;
