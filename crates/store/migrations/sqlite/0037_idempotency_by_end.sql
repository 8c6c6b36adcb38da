-- Keys of repeated requests are forgotten once their time is over.
CREATE INDEX idempotency_by_end ON idempotency (expires_at);
