-- A letter names those before it: without this, finding them looks at every letter of the provider.
CREATE INDEX thread_key_by_ticket ON thread_key (provider, ticket, key);
