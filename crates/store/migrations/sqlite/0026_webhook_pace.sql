-- A webhook is in the hands of one node at a time: `claim_at` is when it may be taken, or when a claim lapses. Until
-- `resting_until` its receiver is left alone, with all that waits for it. Several former secrets may sign at once, each
-- with its end.
ALTER TABLE webhook ADD COLUMN former_secrets TEXT NOT NULL DEFAULT '[]';
ALTER TABLE webhook ADD COLUMN claim_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE webhook ADD COLUMN resting_until INTEGER;
DROP INDEX webhook_delivery_waiting;
CREATE INDEX webhook_delivery_waiting ON webhook_delivery (provider, webhook, claim_at) WHERE state = 'waiting';
-- From here on the engines differ.
UPDATE webhook SET former_secrets = json_array(json_array(former_secret, former_until))
WHERE former_secret IS NOT NULL;
ALTER TABLE webhook DROP COLUMN former_secret;
ALTER TABLE webhook DROP COLUMN former_until;
