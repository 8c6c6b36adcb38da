-- Who put a version of an agreement in force; nobody where the configuration or the command line did.
ALTER TABLE agreement ADD COLUMN adopted_by BLOB;
