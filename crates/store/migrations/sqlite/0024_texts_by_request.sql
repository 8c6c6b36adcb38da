-- From here on an event of the log says when and by whom only where that differs from the event before it, which a
-- program that does not know this step could not read. Texts of a request stand together and are read in one go, where
-- an engine keeps them otherwise.
-- From here on the engines differ.
CREATE TABLE content_by_request (
    provider TEXT NOT NULL,
    ticket BLOB NOT NULL,
    id BLOB NOT NULL,
    salt BLOB NOT NULL,
    text BLOB NOT NULL,
    PRIMARY KEY (provider, ticket, id)
) STRICT, WITHOUT ROWID;
INSERT INTO content_by_request (provider, ticket, id, salt, text)
SELECT provider, ticket, id, salt, text FROM content ORDER BY provider, ticket, id;
DROP TABLE content;
ALTER TABLE content_by_request RENAME TO content;
