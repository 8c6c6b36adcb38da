## Titles of the programming interface’s problems (RFC 9457)

problem-not-found = Not found
problem-not-permitted = Not permitted
problem-not-signed-in = Token missing, unknown or expired
problem-invalid = Invalid content
problem-unknown-value = Unknown value
problem-missing = Something is missing
problem-conflict = The request has changed in the meantime
problem-refused = Refused in the present state
problem-idempotency = Idempotency key already used for other content
problem-too-large = Content too large
problem-too-many = Too many requests
problem-terms = The contract does not allow this request to be computed
problem-unsupported = Format not supported
problem-not-ready = Service not ready yet
problem-server = Internal error
