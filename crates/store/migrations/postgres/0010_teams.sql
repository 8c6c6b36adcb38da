-- Teams of a provider, and who is in them.
CREATE TABLE team (
    provider TEXT NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (provider, key)
);

CREATE TABLE team_member (
    provider TEXT NOT NULL,
    team TEXT NOT NULL,
    person BYTEA NOT NULL,
    PRIMARY KEY (provider, team, person)
);
CREATE INDEX team_member_by_person ON team_member (provider, person);

-- Who was asked into an account by one of its managers, and has not come yet. The name is the one
-- that the manager wrote.
CREATE TABLE invitation (
    provider TEXT NOT NULL,
    account BYTEA NOT NULL,
    person BYTEA NOT NULL,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (provider, account, person)
);
