-- Daily signed checkpoints, each built on the one before.
CREATE TABLE checkpoint (
    number INTEGER NOT NULL PRIMARY KEY,
    line TEXT NOT NULL
) STRICT;

-- Holds a row only inside of a transaction that may change what is kept: see the triggers.
CREATE TABLE opened_way (
    what TEXT NOT NULL PRIMARY KEY
) STRICT;
-- From here on the engines differ.
CREATE TRIGGER log_is_not_changed BEFORE UPDATE ON log
BEGIN SELECT RAISE(ABORT, 'the log is never changed'); END;
CREATE TRIGGER log_is_not_removed BEFORE DELETE ON log
BEGIN SELECT RAISE(ABORT, 'the log is never removed'); END;
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
WHEN NOT EXISTS (SELECT 1 FROM opened_way WHERE what = 'erasure') OR NEW.network <> ''
  OR NEW.provider IS NOT OLD.provider OR NEW.id IS NOT OLD.id OR NEW.at IS NOT OLD.at
  OR NEW.person IS NOT OLD.person OR NEW.deed IS NOT OLD.deed OR NEW.object IS NOT OLD.object
  OR NEW.outcome IS NOT OLD.outcome
BEGIN SELECT RAISE(ABORT, 'the journal is never changed'); END;
CREATE TRIGGER audit_is_not_removed BEFORE DELETE ON audit
WHEN NOT EXISTS (SELECT 1 FROM opened_way WHERE what = 'retention')
BEGIN SELECT RAISE(ABORT, 'the journal is never removed'); END;
CREATE TRIGGER checkpoint_is_not_changed BEFORE UPDATE ON checkpoint
BEGIN SELECT RAISE(ABORT, 'a checkpoint is never changed'); END;
CREATE TRIGGER checkpoint_is_not_removed BEFORE DELETE ON checkpoint
BEGIN SELECT RAISE(ABORT, 'a checkpoint is never removed'); END;
