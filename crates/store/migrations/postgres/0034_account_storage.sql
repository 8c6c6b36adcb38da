-- How much is stored for each account: the bytes of the files of its requests, letters as they came included. It moves
-- with them, so that nothing is counted when somebody brings more.
CREATE TABLE account_storage (
    provider TEXT NOT NULL,
    account BYTEA NOT NULL,
    bytes BIGINT NOT NULL,
    PRIMARY KEY (provider, account)
);
INSERT INTO account_storage (provider, account, bytes)
SELECT t.provider, t.account, CAST(sum(f.size) AS BIGINT) FROM file f
JOIN ticket t ON t.provider = f.provider AND t.id = f.ticket
WHERE length(t.account) > 0 GROUP BY t.provider, t.account;
