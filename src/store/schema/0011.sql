-- Lists of other authorities: who took each, who took it back, and its files, so that a backup holds them.

ALTER TABLE their_lists ADD COLUMN taken_by TEXT;
-- when, by whom and why the desk took it back
ALTER TABLE their_lists ADD COLUMN withdrawn_us BIGINT;
ALTER TABLE their_lists ADD COLUMN withdrawn_by TEXT;
ALTER TABLE their_lists ADD COLUMN withdrawn TEXT;

-- the list as it came (original), how it is written, and the answer to it; content: base64, of whose bytes sha256 is the hash
CREATE TABLE their_list_files (
    list TEXT NOT NULL,
    name TEXT NOT NULL,
    kept_us BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (list, name)
);

-- a place that the desk gave to what was told without one: once, by whom and when
ALTER TABLE sightings ADD COLUMN settled_us BIGINT;
ALTER TABLE sightings ADD COLUMN settled_by TEXT;

-- what was delivered is not kept: of a body that was blanked its hash
ALTER TABLE outbox ADD COLUMN body_sha256 TEXT;
CREATE INDEX outbox_settled ON outbox (state, settled_us);
