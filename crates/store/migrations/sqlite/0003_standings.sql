-- The role of a contact in an account. A contact without a row is a requester of their own account.
CREATE TABLE standing (
    provider TEXT NOT NULL,
    person BLOB NOT NULL,
    account BLOB NOT NULL,
    role TEXT NOT NULL,
    PRIMARY KEY (provider, person, account)
) STRICT, WITHOUT ROWID;

-- Since when somebody may not come in any more. Their name stays with what they did.
CREATE TABLE departure (
    provider TEXT NOT NULL,
    person BLOB NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (provider, person)
) STRICT, WITHOUT ROWID;
