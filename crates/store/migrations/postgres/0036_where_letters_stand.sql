-- A letter names those before it in their order, and answers the last one. Those that are known by now come first.
ALTER TABLE thread_key ADD COLUMN at BIGINT NOT NULL DEFAULT 0;
DROP INDEX thread_key_by_ticket;
CREATE INDEX thread_key_by_ticket ON thread_key (provider, ticket, at, key);

-- A letter that became no request stands in the mailbox that it was fetched from as well. It may become one after all, and
-- is then destroyed there with it.
ALTER TABLE kept_letter ADD COLUMN place TEXT NOT NULL DEFAULT '';
ALTER TABLE kept_letter ADD COLUMN uid_validity BIGINT NOT NULL DEFAULT 0;
ALTER TABLE kept_letter ADD COLUMN uid BIGINT NOT NULL DEFAULT 0;
