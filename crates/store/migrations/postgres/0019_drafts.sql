-- What somebody of the desk is writing on a request and has not sent.
CREATE TABLE draft (
    provider TEXT NOT NULL,
    ticket BYTEA NOT NULL,
    person BYTEA NOT NULL,
    form TEXT NOT NULL,
    body TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (provider, ticket, person, form)
);
CREATE INDEX draft_by_change ON draft (provider, changed_at);
