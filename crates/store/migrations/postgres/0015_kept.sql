-- Daily signed checkpoints, each built on the one before.
CREATE TABLE checkpoint (
    number BIGINT NOT NULL PRIMARY KEY,
    line TEXT NOT NULL
);

-- Holds a row only inside of a transaction that may change what is kept: see the triggers.
CREATE TABLE opened_way (
    what TEXT NOT NULL PRIMARY KEY
);
-- From here on the engines differ.
-- What SQLite refuses by triggers is refused here by the rights of the role: see `entente migrate --grant`.
