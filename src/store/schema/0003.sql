-- What the station expects, what was delivered, and what came of it; what it has to do by the clock; what is wrong with it.

-- one row a look that is expected or was delivered: a slot of a satellite that stares, an overpass of another, a list of others.
-- state: expected, seen, scanned, failed, missing, planned (known not to be taken); stream: what its files have in common, none before
-- there are files
CREATE TABLE slots (
    id BIGINT PRIMARY KEY,
    satellite TEXT NOT NULL,
    stream TEXT NOT NULL,
    first_us BIGINT NOT NULL,
    last_us BIGINT NOT NULL,
    state TEXT NOT NULL,
    expected BIGINT NOT NULL,
    due_us BIGINT NOT NULL,
    seen_us BIGINT,
    arrived_us BIGINT,
    again_us BIGINT,
    scanned_us BIGINT,
    attempts BIGINT NOT NULL,
    looks TEXT NOT NULL,
    partial BIGINT NOT NULL,
    late BIGINT NOT NULL,
    said TEXT NOT NULL
);
CREATE INDEX slots_first ON slots (first_us, satellite);
CREATE INDEX slots_state ON slots (state, first_us);

-- every delivered file by its name, once; versions: inboxes and versions in which it was seen, a JSON array; state: elsewhere, here, scanned, failed, spare (its part is there already), unknown
CREATE TABLE granules (
    name TEXT PRIMARY KEY,
    slot BIGINT NOT NULL,
    inbox TEXT NOT NULL,
    place TEXT NOT NULL,
    version TEXT NOT NULL,
    size BIGINT,
    state TEXT NOT NULL,
    path TEXT NOT NULL,
    seen_us BIGINT NOT NULL,
    closed_us BIGINT NOT NULL,
    copies BIGINT NOT NULL,
    versions TEXT NOT NULL
);
CREATE INDEX granules_slot ON granules (slot);

-- what is done at set times: each time once; state: done, failed
CREATE TABLE jobs (
    name TEXT NOT NULL,
    due_us BIGINT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    done_us BIGINT NOT NULL,
    said TEXT NOT NULL,
    PRIMARY KEY (name, due_us)
);

-- what is wrong, until it is over
CREATE TABLE alarms (
    name TEXT NOT NULL,
    since_us BIGINT NOT NULL,
    over_us BIGINT,
    told_us BIGINT,
    said TEXT NOT NULL,
    PRIMARY KEY (name, since_us)
);
CREATE INDEX alarms_open ON alarms (over_us, name);

-- what the station notes of itself: since when it expects looks, whether it is a rehearsal
CREATE TABLE station (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

INSERT INTO counters (name, value) VALUES ('slots', 0);
