CREATE TABLE setting (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE provider (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    mailbox TEXT NOT NULL UNIQUE,
    from_name TEXT NOT NULL,
    language TEXT NOT NULL,
    zone TEXT NOT NULL,
    agreement TEXT
);

-- One row a provider: the next number, the last position, and how many requests are what.
CREATE TABLE desk_counter (
    provider TEXT NOT NULL PRIMARY KEY,
    prefix TEXT NOT NULL UNIQUE,
    sequence BIGINT NOT NULL,
    position BIGINT NOT NULL,
    live BIGINT NOT NULL,
    ours BIGINT NOT NULL,
    late BIGINT NOT NULL,
    missed BIGINT NOT NULL,
    unassigned BIGINT NOT NULL,
    waiting BIGINT NOT NULL
);

CREATE TABLE account (
    provider TEXT NOT NULL,
    id BYTEA NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (provider, id),
    UNIQUE (provider, key)
);

CREATE TABLE person (
    provider TEXT NOT NULL,
    id BYTEA NOT NULL,
    email TEXT NOT NULL,
    role TEXT NOT NULL,
    account BYTEA NOT NULL,
    name TEXT NOT NULL,
    language TEXT NOT NULL,
    zone TEXT,
    PRIMARY KEY (provider, id),
    UNIQUE (email, provider)
);
CREATE INDEX person_by_role ON person (provider, role);

CREATE TABLE contract (
    provider TEXT NOT NULL,
    id BYTEA NOT NULL,
    account BYTEA NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (provider, id)
);
CREATE INDEX contract_by_account ON contract (provider, account);

CREATE TABLE agreement (
    provider TEXT NOT NULL,
    key TEXT NOT NULL,
    version TEXT NOT NULL,
    text TEXT NOT NULL,
    terms TEXT NOT NULL,
    page TEXT NOT NULL,
    adopted_at BIGINT NOT NULL,
    PRIMARY KEY (provider, key, version)
);

-- The truth: one row a commit, chained by hashes. Never rewritten.
CREATE TABLE log (
    provider TEXT NOT NULL,
    ticket BYTEA NOT NULL,
    version BIGINT NOT NULL,
    position BIGINT NOT NULL,
    at BIGINT NOT NULL,
    body TEXT NOT NULL,
    previous BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (provider, ticket, version)
);
CREATE UNIQUE INDEX log_by_position ON log (provider, position);

-- The projection: what lists, counts and rounds ask for. `due_rank` and `due_key` put what is
-- late and due soonest first, what is paused last, what is ended after that. `step_at` is when a
-- round must look, or when a claim by a round lapses. No account and nobody are no bytes.
CREATE TABLE ticket (
    provider TEXT NOT NULL,
    id BYTEA NOT NULL,
    version BIGINT NOT NULL,
    head BYTEA NOT NULL,
    sequence BIGINT NOT NULL,
    number TEXT NOT NULL,
    account BYTEA NOT NULL,
    contact BYTEA NOT NULL,
    assignee BYTEA NOT NULL,
    team TEXT,
    channel TEXT NOT NULL,
    state TEXT NOT NULL,
    turn TEXT NOT NULL,
    severity TEXT,
    verdict TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    opened_at BIGINT NOT NULL,
    agreement_key TEXT NOT NULL,
    agreement_version TEXT NOT NULL,
    contract BYTEA NOT NULL,
    subject TEXT NOT NULL,
    requester TEXT NOT NULL,
    words TEXT NOT NULL,
    next_due_at BIGINT,
    next_step_at BIGINT,
    late BIGINT NOT NULL,
    missed BIGINT NOT NULL,
    summary TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    due_rank BIGINT NOT NULL,
    due_key BIGINT NOT NULL,
    step_at BIGINT,
    PRIMARY KEY (provider, id)
);
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
    ticket BYTEA NOT NULL,
    id BYTEA NOT NULL,
    salt BYTEA NOT NULL,
    text BYTEA NOT NULL,
    PRIMARY KEY (provider, ticket, id)
);

CREATE TABLE file (
    provider TEXT NOT NULL,
    id BYTEA NOT NULL,
    ticket BYTEA NOT NULL,
    message BYTEA NOT NULL,
    name BYTEA NOT NULL,
    media_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    salt BYTEA NOT NULL,
    PRIMARY KEY (provider, id)
);
CREATE INDEX file_by_ticket ON file (provider, ticket);

CREATE TABLE file_chunk (
    provider TEXT NOT NULL,
    file BYTEA NOT NULL,
    place BIGINT NOT NULL,
    bytes BYTEA NOT NULL,
    PRIMARY KEY (provider, file, place)
);

-- `claim_at` is when it may be taken: when it is due, or when the claim of a round lapses.
CREATE TABLE outbox (
    provider TEXT NOT NULL,
    ticket BYTEA NOT NULL,
    id BYTEA NOT NULL,
    kind TEXT NOT NULL,
    person BYTEA NOT NULL,
    address TEXT NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    claim_at BIGINT NOT NULL,
    error TEXT,
    PRIMARY KEY (provider, ticket, id)
);
CREATE INDEX outbox_waiting ON outbox (claim_at) WHERE state = 'waiting';

CREATE TABLE inbox (
    provider TEXT NOT NULL,
    digest BYTEA NOT NULL,
    ticket BYTEA NOT NULL,
    version BIGINT NOT NULL,
    mailbox TEXT NOT NULL,
    PRIMARY KEY (provider, digest)
);

CREATE TABLE thread_key (
    provider TEXT NOT NULL,
    key TEXT NOT NULL,
    ticket BYTEA NOT NULL,
    PRIMARY KEY (provider, key)
);

CREATE TABLE idempotency (
    provider TEXT NOT NULL,
    person BYTEA NOT NULL,
    key TEXT NOT NULL,
    request_digest BYTEA NOT NULL,
    ticket BYTEA NOT NULL,
    version BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (provider, person, key)
);

-- Found by the hash of a secret that only its bearer knows.
CREATE TABLE sign_in (
    hash BYTEA NOT NULL PRIMARY KEY,
    provider TEXT NOT NULL,
    person BYTEA NOT NULL,
    purpose TEXT NOT NULL,
    label TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    uses TEXT NOT NULL
);
CREATE INDEX sign_in_by_person ON sign_in (provider, person);

CREATE TABLE session (
    hash BYTEA NOT NULL PRIMARY KEY,
    provider TEXT NOT NULL,
    person BYTEA NOT NULL,
    label TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX session_by_person ON session (provider, person);
