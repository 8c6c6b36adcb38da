-- What a desk's entry said, from when on, and by whom (nobody: the desk itself). An entry that was removed says nothing
-- (NULL); what an erasure took out is empty. Kept as the journal is: nobody changes it, an erasure takes texts out,
-- retention removes what is old.
CREATE TABLE entry_version (
    provider TEXT NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    number BIGINT NOT NULL,
    body TEXT,
    at BIGINT NOT NULL,
    person BYTEA,
    PRIMARY KEY (provider, kind, key, number)
);
CREATE INDEX entry_version_by_time ON entry_version (provider, at, kind, key, number);
INSERT INTO entry_version (provider, kind, key, number, body, at, person)
SELECT provider, kind, key, 1, body, changed_at, changed_by FROM entry;
-- From here on the engines differ.
-- Webhooks have a table of their own and are told here alike, without their secrets.
INSERT INTO entry_version (provider, kind, key, number, body, at, person)
SELECT provider, 'webhook', encode(id, 'hex'), 1,
json_build_object('url', url, 'kinds', kinds::json, 'state', state, 'kept_by', encode(created_by, 'hex'))::text,
created_at, created_by FROM webhook;
-- The role of the application changes and removes none of it; this it may.
CREATE FUNCTION forget_entry_versions(whose TEXT, before BIGINT) RETURNS SETOF BIGINT
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
    DELETE FROM entry_version v WHERE v.provider = whose AND v.at < before
    AND (v.body IS NULL OR EXISTS (SELECT 1 FROM entry_version n WHERE n.provider = v.provider
    AND n.kind = v.kind AND n.key = v.key AND n.number > v.number)) RETURNING v.at
$$;
CREATE FUNCTION unword_entry_version(whose TEXT, sort TEXT, name TEXT, which BIGINT) RETURNS SETOF BIGINT
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
    UPDATE entry_version SET body = '' WHERE provider = whose AND kind = sort AND key = name AND number = which
    RETURNING at
$$;
