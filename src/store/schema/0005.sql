-- Lists of other authorities that are answered, and by when.

-- each by its bytes; answered: when somebody said that the answer was sent; counts: how many rows were what, JSON
CREATE TABLE their_lists (
    sha256 TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    source TEXT NOT NULL,
    received_us BIGINT NOT NULL,
    deadline_us BIGINT,
    replied_us BIGINT NOT NULL,
    answered_us BIGINT,
    counts TEXT NOT NULL
);
CREATE INDEX their_lists_due ON their_lists (answered_us, deadline_us);
