-- What somebody of the desk is writing on a request and has not sent.
CREATE TABLE draft (
    provider TEXT NOT NULL,
    ticket BLOB NOT NULL,
    person BLOB NOT NULL,
    form TEXT NOT NULL,
    body TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (provider, ticket, person, form)
) STRICT, WITHOUT ROWID;
CREATE INDEX draft_by_change ON draft (provider, changed_at);
