-- What the page and the API ask for: places to be found by, cases, accounts, links, photos.
-- JSON(column, path) is replaced by what the database calls it.

ALTER TABLE fires ADD COLUMN lon DOUBLE PRECISION;
ALTER TABLE fires ADD COLUMN lat DOUBLE PRECISION;
ALTER TABLE fires ADD COLUMN kept BIGINT NOT NULL DEFAULT 0;
UPDATE fires SET lon = CAST(JSON(record, place.0) AS DOUBLE PRECISION), lat = CAST(JSON(record, place.1) AS DOUBLE PRECISION),
    kept = CASE WHEN JSON(record, verdict) = 'kept' THEN 1 ELSE 0 END;
CREATE INDEX fires_shown ON fires (kept, time_us, id, adcode, lon, lat);

ALTER TABLE events ADD COLUMN lon DOUBLE PRECISION;
ALTER TABLE events ADD COLUMN lat DOUBLE PRECISION;
ALTER TABLE events ADD COLUMN class TEXT;
ALTER TABLE events ADD COLUMN confidence TEXT;
ALTER TABLE events ADD COLUMN triaged BIGINT NOT NULL DEFAULT 0;
ALTER TABLE events ADD COLUMN seq BIGINT NOT NULL DEFAULT 0;
UPDATE events SET lon = CAST(JSON(record, place.0) AS DOUBLE PRECISION), lat = CAST(JSON(record, place.1) AS DOUBLE PRECISION),
    class = JSON(record, class), confidence = JSON(record, confidence);
CREATE INDEX events_shown ON events (inside, last_us, id, adcode, status, state, triaged, class, confidence, lon, lat, first_us);
CREATE INDEX events_seq ON events (seq);

-- whom an event concerns: the counties on whose ground it burns (why = place), and every unit that its case was given to (why = case)
CREATE TABLE reach (
    area TEXT NOT NULL,
    event TEXT NOT NULL,
    why TEXT NOT NULL,
    PRIMARY KEY (area, event, why)
);
CREATE INDEX reach_event ON reach (event);

-- what the desk and the officers made of an event
CREATE TABLE cases (
    event TEXT PRIMARY KEY,
    post TEXT,
    due_us BIGINT,
    changed_us BIGINT NOT NULL,
    record TEXT NOT NULL
);

-- every step of a case; key: the answer of a phone that is sent again is known by it
CREATE TABLE steps (
    id BIGINT PRIMARY KEY,
    event TEXT NOT NULL,
    at_us BIGINT NOT NULL,
    who TEXT NOT NULL,
    role TEXT NOT NULL,
    action TEXT NOT NULL,
    before_status TEXT NOT NULL,
    after_status TEXT NOT NULL,
    note TEXT NOT NULL,
    detail TEXT NOT NULL,
    key TEXT UNIQUE
);
CREATE INDEX steps_event ON steps (event, id);

-- who may sign in, or ask with a key; areas: codes of counties, townships or posts, separated by blanks; none: everything
CREATE TABLE accounts (
    name TEXT PRIMARY KEY,
    display TEXT NOT NULL,
    role TEXT NOT NULL,
    department TEXT NOT NULL,
    areas TEXT NOT NULL,
    secret TEXT NOT NULL,
    totp TEXT,
    totp_last BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    locked_until_us BIGINT,
    disabled BIGINT NOT NULL,
    made_us BIGINT NOT NULL
);

CREATE TABLE sessions (
    token TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    csrf TEXT NOT NULL,
    made_us BIGINT NOT NULL,
    seen_us BIGINT NOT NULL,
    origin TEXT NOT NULL
);
CREATE INDEX sessions_account ON sessions (account);

-- links of one task; token and phone are hashes; over: null, revoked, replaced or closed
CREATE TABLE tasks (
    id TEXT PRIMARY KEY,
    event TEXT NOT NULL,
    post TEXT NOT NULL,
    token TEXT NOT NULL UNIQUE,
    phone TEXT,
    note TEXT NOT NULL,
    made_us BIGINT NOT NULL,
    expires_us BIGINT NOT NULL,
    opened_us BIGINT,
    over TEXT
);
CREATE INDEX tasks_event ON tasks (event);

-- photos of the field; their bytes lie in a folder
CREATE TABLE photos (
    id TEXT PRIMARY KEY,
    event TEXT NOT NULL,
    who TEXT NOT NULL,
    mime TEXT NOT NULL,
    size BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    taken_us BIGINT NOT NULL,
    lon DOUBLE PRECISION,
    lat DOUBLE PRECISION,
    accuracy_m DOUBLE PRECISION,
    received BIGINT NOT NULL,
    complete BIGINT NOT NULL,
    small BIGINT NOT NULL,
    made_us BIGINT NOT NULL
);
CREATE INDEX photos_event ON photos (event);

-- posts of the grid as the desk's roster has them
CREATE TABLE posts (
    code TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    adcode TEXT NOT NULL,
    township TEXT NOT NULL,
    record TEXT NOT NULL
);

INSERT INTO counters (name, value) VALUES ('changes', 0), ('steps', 0);
