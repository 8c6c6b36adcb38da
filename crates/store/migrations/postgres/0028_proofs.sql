-- By what a session was begun and when that was proven. Sessions of before say neither, so that what matters asks their
-- people to sign in again.
-- From here on the engines differ.
ALTER TABLE session ADD COLUMN proofs TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN proved_at BIGINT;
