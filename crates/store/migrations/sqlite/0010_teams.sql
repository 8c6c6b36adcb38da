-- Teams of a provider, and who is in them.
CREATE TABLE team (
    provider TEXT NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (provider, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE team_member (
    provider TEXT NOT NULL,
    team TEXT NOT NULL,
    person BLOB NOT NULL,
    PRIMARY KEY (provider, team, person)
) STRICT, WITHOUT ROWID;
CREATE INDEX team_member_by_person ON team_member (provider, person);

-- Who was asked into an account by one of its managers, and has not come yet. The name is the one
-- that the manager wrote.
CREATE TABLE invitation (
    provider TEXT NOT NULL,
    account BLOB NOT NULL,
    person BLOB NOT NULL,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (provider, account, person)
) STRICT, WITHOUT ROWID;
