-- Times are microseconds since 1970 (UTC), records JSON as text, numbers of our own making ever growing. One text for both databases.

-- what a look said: an overpass, a slot, or a list of others
CREATE TABLE looks (
    name TEXT PRIMARY KEY,
    time_us BIGINT NOT NULL,
    satellite TEXT NOT NULL,
    sensor TEXT NOT NULL,
    simulated BIGINT NOT NULL,
    program_version TEXT NOT NULL,
    taken_us BIGINT NOT NULL,
    report TEXT NOT NULL
);
CREATE INDEX looks_time ON looks (time_us);

-- how much of each county it saw; a list of others says nothing of it
CREATE TABLE coverage (
    look TEXT NOT NULL,
    adcode TEXT NOT NULL,
    observed DOUBLE PRECISION NOT NULL,
    cloud DOUBLE PRECISION NOT NULL,
    missing DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (look, adcode)
);

-- detections, kept and dropped; burns: it takes part in events
CREATE TABLE fires (
    id TEXT PRIMARY KEY,
    granule TEXT NOT NULL,
    time_us BIGINT NOT NULL,
    burns BIGINT NOT NULL,
    adcode TEXT,
    record TEXT NOT NULL
);
CREATE INDEX fires_time ON fires (burns, time_us);
CREATE INDEX fires_granule ON fires (granule);

-- what officers go to; state: open, or closed when it became part of another or is shown no longer
CREATE TABLE events (
    id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    status TEXT NOT NULL,
    revision BIGINT NOT NULL,
    first_us BIGINT NOT NULL,
    last_us BIGINT NOT NULL,
    changed_us BIGINT NOT NULL,
    acknowledged_us BIGINT,
    inside BIGINT NOT NULL,
    simulated BIGINT NOT NULL,
    adcode TEXT,
    record TEXT NOT NULL
);
CREATE INDEX events_last ON events (last_us);

-- the detections that count in an event
CREATE TABLE members (
    event TEXT NOT NULL,
    fire TEXT NOT NULL,
    PRIMARY KEY (event, fire)
);
CREATE INDEX members_fire ON members (fire);

-- what is to be told to whom, and what became of it; state: queued, sent, dead (refused), written_off (by a person), merged
CREATE TABLE outbox (
    id BIGINT PRIMARY KEY,
    sink TEXT NOT NULL,
    event TEXT NOT NULL,
    revision BIGINT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    due_us BIGINT NOT NULL,
    queued_us BIGINT NOT NULL,
    seen_us BIGINT NOT NULL,
    late BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    settled_us BIGINT,
    said TEXT NOT NULL,
    gauge TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (sink, event, revision, kind)
);
CREATE INDEX outbox_due ON outbox (sink, state, due_us);
CREATE INDEX outbox_event ON outbox (event, sink, state, id);

-- when a sink was last called, for its limit a minute
CREATE TABLE calls (
    id BIGINT PRIMARY KEY,
    sink TEXT NOT NULL,
    at_us BIGINT NOT NULL
);
CREATE INDEX calls_sink ON calls (sink, at_us);

-- who did what to which record, when, from where, with the values: each line carries the hash of the one before
CREATE TABLE audit (
    seq BIGINT PRIMARY KEY,
    at_us BIGINT NOT NULL,
    who TEXT NOT NULL,
    origin TEXT NOT NULL,
    action TEXT NOT NULL,
    record TEXT NOT NULL,
    detail TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL
);

-- numbers given out so far
CREATE TABLE counters (
    name TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO counters (name, value) VALUES ('outbox', 0), ('calls', 0);
