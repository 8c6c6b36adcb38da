-- Which accounts were destroyed, or are being: the id alone, so that nothing brings them back. `plan` is what was asked
-- and of whom, `certificate` the line that says what went; neither is changed once it stands, and no row is removed.
CREATE TABLE account_erasure (
    provider TEXT NOT NULL,
    account BLOB NOT NULL,
    at INTEGER NOT NULL,
    asked_by BLOB NOT NULL,
    plan TEXT NOT NULL,
    certificate TEXT,
    done_at INTEGER,
    scrubbed_at INTEGER,
    PRIMARY KEY (provider, account)
) STRICT, WITHOUT ROWID;
-- From here on the engines differ.
CREATE TRIGGER account_erasure_is_not_changed BEFORE UPDATE ON account_erasure
WHEN NEW.provider IS NOT OLD.provider OR NEW.account IS NOT OLD.account OR NEW.at IS NOT OLD.at
  OR NEW.asked_by IS NOT OLD.asked_by OR NEW.plan IS NOT OLD.plan
  OR (OLD.certificate IS NOT NULL AND NEW.certificate IS NOT OLD.certificate)
BEGIN SELECT RAISE(ABORT, 'the destruction of an account is never changed'); END;
CREATE TRIGGER account_erasure_is_not_removed BEFORE DELETE ON account_erasure
BEGIN SELECT RAISE(ABORT, 'the destruction of an account is never removed'); END;
