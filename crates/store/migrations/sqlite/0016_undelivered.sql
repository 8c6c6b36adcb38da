-- What did not arrive is shown to whoever keeps the mail: it is rare among all that left.
CREATE INDEX outbox_undelivered ON outbox (provider, created_at) WHERE state IN ('dead', 'returned', 'held');
