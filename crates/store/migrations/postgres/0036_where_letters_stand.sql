-- A letter names those before it in their order, and answers the last one. Of those that are known by now, none is later.
ALTER TABLE thread_key ADD COLUMN at BIGINT NOT NULL DEFAULT 0;
DROP INDEX thread_key_by_ticket;
CREATE INDEX thread_key_by_ticket ON thread_key (provider, ticket, at, key);
