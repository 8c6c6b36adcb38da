CREATE TABLE setting (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE provider (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    mailbox TEXT NOT NULL UNIQUE,
    from_name TEXT NOT NULL,
    language TEXT NOT NULL,
    zone TEXT NOT NULL,
    agreement TEXT
) STRICT;

-- One row a provider: the next number, the last position, and how many requests are what.
CREATE TABLE desk_counter (
    provider TEXT NOT NULL PRIMARY KEY,
    prefix TEXT NOT NULL UNIQUE,
    sequence INTEGER NOT NULL,
    position INTEGER NOT NULL,
    live INTEGER NOT NULL,
    ours INTEGER NOT NULL,
    late INTEGER NOT NULL,
    missed INTEGER NOT NULL,
    unassigned INTEGER NOT NULL,
    waiting INTEGER NOT NULL
) STRICT;

CREATE TABLE account (
    provider TEXT NOT NULL,
    id BLOB NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (provider, id),
    UNIQUE (provider, key)
) STRICT;

CREATE TABLE person (
    provider TEXT NOT NULL,
    id BLOB NOT NULL,
    email TEXT NOT NULL,
    role TEXT NOT NULL,
    account BLOB NOT NULL,
    name TEXT NOT NULL,
    language TEXT NOT NULL,
    zone TEXT,
    PRIMARY KEY (provider, id),
    UNIQUE (email, provider)
) STRICT;
CREATE INDEX person_by_role ON person (provider, role);

CREATE TABLE contract (
    provider TEXT NOT NULL,
    id BLOB NOT NULL,
    account BLOB NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (provider, id)
) STRICT;
CREATE INDEX contract_by_account ON contract (provider, account);

CREATE TABLE agreement (
    provider TEXT NOT NULL,
    key TEXT NOT NULL,
    version TEXT NOT NULL,
    text TEXT NOT NULL,
    terms TEXT NOT NULL,
    page TEXT NOT NULL,
    adopted_at INTEGER NOT NULL,
    PRIMARY KEY (provider, key, version)
) STRICT;

-- The truth: one row a commit, chained by hashes. Never rewritten.
CREATE TABLE log (
    provider TEXT NOT NULL,
    ticket BLOB NOT NULL,
    version INTEGER NOT NULL,
    position INTEGER NOT NULL,
    at INTEGER NOT NULL,
    body TEXT NOT NULL,
    previous BLOB NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (provider, ticket, version)
) STRICT;
CREATE UNIQUE INDEX log_by_position ON log (provider, position);

-- The projection: what lists, counts and rounds ask for. `due_rank` and `due_key` put what is
-- late and due soonest first, what is paused last, what is ended after that. `step_at` is when a
-- round must look, or when a claim by a round lapses. No account and nobody are no bytes.
CREATE TABLE ticket (
    provider TEXT NOT NULL,
    id BLOB NOT NULL,
    version INTEGER NOT NULL,
    head BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    number TEXT NOT NULL,
    account BLOB NOT NULL,
    contact BLOB NOT NULL,
    assignee BLOB NOT NULL,
    team TEXT,
    channel TEXT NOT NULL,
    state TEXT NOT NULL,
    turn TEXT NOT NULL,
    severity TEXT,
    verdict TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    opened_at INTEGER NOT NULL,
    agreement_key TEXT NOT NULL,
    agreement_version TEXT NOT NULL,
    contract BLOB NOT NULL,
    subject TEXT NOT NULL,
    requester TEXT NOT NULL,
    words TEXT NOT NULL,
    next_due_at INTEGER,
    next_step_at INTEGER,
    late INTEGER NOT NULL,
    missed INTEGER NOT NULL,
    summary TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    due_rank INTEGER NOT NULL,
    due_key INTEGER NOT NULL,
    step_at INTEGER,
    PRIMARY KEY (provider, id)
) STRICT;
CREATE UNIQUE INDEX ticket_by_arrival ON ticket (provider, sequence);
CREATE INDEX ticket_by_due ON ticket (provider, due_rank, due_key, sequence);
CREATE INDEX ticket_by_update ON ticket (provider, updated_at, sequence);
CREATE INDEX ticket_by_account_due ON ticket (provider, account, due_rank, due_key, sequence);
CREATE INDEX ticket_by_account_update ON ticket (provider, account, updated_at, sequence);
CREATE INDEX ticket_by_assignee_due ON ticket (provider, assignee, due_rank, due_key, sequence);
CREATE INDEX ticket_by_step ON ticket (step_at) WHERE step_at IS NOT NULL;

-- Personal texts, outside the chain: erasing a row leaves a digest that proves nothing.
CREATE TABLE content (
    provider TEXT NOT NULL,
    ticket BLOB NOT NULL,
    id BLOB NOT NULL,
    salt BLOB NOT NULL,
    text BLOB NOT NULL,
    PRIMARY KEY (provider, ticket, id)
) STRICT;

CREATE TABLE file (
    provider TEXT NOT NULL,
    id BLOB NOT NULL,
    ticket BLOB NOT NULL,
    message BLOB NOT NULL,
    name BLOB NOT NULL,
    media_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    salt BLOB NOT NULL,
    PRIMARY KEY (provider, id)
) STRICT;
CREATE INDEX file_by_ticket ON file (provider, ticket);

CREATE TABLE file_chunk (
    provider TEXT NOT NULL,
    file BLOB NOT NULL,
    place INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (provider, file, place)
) STRICT;

-- `claim_at` is when it may be taken: when it is due, or when the claim of a round lapses.
CREATE TABLE outbox (
    provider TEXT NOT NULL,
    ticket BLOB NOT NULL,
    id BLOB NOT NULL,
    kind TEXT NOT NULL,
    person BLOB NOT NULL,
    address TEXT NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    claim_at INTEGER NOT NULL,
    error TEXT,
    PRIMARY KEY (provider, ticket, id)
) STRICT;
CREATE INDEX outbox_waiting ON outbox (claim_at) WHERE state = 'waiting';

CREATE TABLE inbox (
    provider TEXT NOT NULL,
    digest BLOB NOT NULL,
    ticket BLOB NOT NULL,
    version INTEGER NOT NULL,
    mailbox TEXT NOT NULL,
    PRIMARY KEY (provider, digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE thread_key (
    provider TEXT NOT NULL,
    key TEXT NOT NULL,
    ticket BLOB NOT NULL,
    PRIMARY KEY (provider, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency (
    provider TEXT NOT NULL,
    person BLOB NOT NULL,
    key TEXT NOT NULL,
    request_digest BLOB NOT NULL,
    ticket BLOB NOT NULL,
    version INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (provider, person, key)
) STRICT, WITHOUT ROWID;

-- Found by the hash of a secret that only its bearer knows.
CREATE TABLE sign_in (
    hash BLOB NOT NULL PRIMARY KEY,
    provider TEXT NOT NULL,
    person BLOB NOT NULL,
    purpose TEXT NOT NULL,
    label TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    uses TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sign_in_by_person ON sign_in (provider, person);

CREATE TABLE session (
    hash BLOB NOT NULL PRIMARY KEY,
    provider TEXT NOT NULL,
    person BLOB NOT NULL,
    label TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_by_person ON session (provider, person);
