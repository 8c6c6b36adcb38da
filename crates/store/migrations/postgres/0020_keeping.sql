-- Until when something of a request was destroyed because it was kept long enough: how much, and when.
CREATE TABLE sweep (
    provider TEXT NOT NULL,
    ticket BYTEA NOT NULL,
    done BIGINT NOT NULL,
    at BIGINT NOT NULL,
    texts BIGINT NOT NULL,
    files BIGINT NOT NULL,
    PRIMARY KEY (provider, ticket)
);

-- Who saw what, and from where; the same again within an hour is one row.
CREATE TABLE look (
    provider TEXT NOT NULL,
    person BYTEA NOT NULL,
    what TEXT NOT NULL,
    object TEXT NOT NULL,
    hour BIGINT NOT NULL,
    at BIGINT NOT NULL,
    way TEXT NOT NULL,
    network TEXT NOT NULL,
    PRIMARY KEY (provider, person, what, object, hour)
);
CREATE INDEX look_by_time ON look (provider, at);
CREATE INDEX look_by_object ON look (provider, object, at);

-- What a scanner said of a file. What came before is waiting as well.
CREATE TABLE scan (
    provider TEXT NOT NULL,
    file BYTEA NOT NULL,
    state TEXT NOT NULL,
    finding TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    claim_at BIGINT NOT NULL,
    at BIGINT,
    PRIMARY KEY (provider, file)
);
CREATE INDEX scan_waiting ON scan (claim_at) WHERE state = 'waiting';
INSERT INTO scan (provider, file, state, finding, attempts, claim_at)
SELECT provider, id, 'waiting', '', 0, 0 FROM file;
-- From here on the engines differ.
-- The role of the application may not delete from the journal; this it may, and the last 180 days stay.
CREATE FUNCTION forget_audit(whose TEXT, before BIGINT) RETURNS SETOF BIGINT
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
    DELETE FROM audit WHERE provider = whose AND at < before
    AND at < (SELECT max(at) FROM audit WHERE provider = whose) - 15552000000 RETURNING at
$$;
-- And names of before of a person who is erased go out of what was done to them.
CREATE FUNCTION unname_audit(whose TEXT, who TEXT) RETURNS SETOF BIGINT
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
    UPDATE audit SET object = left(object, 39) WHERE provider = whose AND length(who) = 32
    AND left(object, 41) = 'person ' || who || ': ' RETURNING at
$$;
