-- Special patrols: plans as a desk fixed them, and the tracks of those who went.

-- plan: JSON as it was frozen, of which sha256 is the hash; area: the city's code or a county's; one of an area and day. No row is ever changed
CREATE TABLE patrol_plans (
    id TEXT PRIMARY KEY,
    area TEXT NOT NULL,
    day_us BIGINT NOT NULL,
    fixed_us BIGINT NOT NULL,
    fixed_by TEXT NOT NULL,
    cells BIGINT NOT NULL,
    plan TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    UNIQUE (area, day_us)
);
CREATE INDEX patrol_plans_shown ON patrol_plans (day_us, area);

-- original: the file as it came, of which sha256 is the hash; parsed: JSON of what counts of it; who: who went; areas: counties that it touches and
-- the area of who sent it, JSON. No row is ever changed
CREATE TABLE patrol_tracks (
    id TEXT PRIMARY KEY,
    plan TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    name TEXT NOT NULL,
    format TEXT NOT NULL,
    datum TEXT NOT NULL,
    who TEXT NOT NULL,
    areas TEXT NOT NULL,
    taken_us BIGINT NOT NULL,
    taken_by TEXT NOT NULL,
    parsed TEXT NOT NULL,
    original TEXT NOT NULL,
    UNIQUE (plan, sha256)
);
CREATE INDEX patrol_tracks_of_plan ON patrol_tracks (plan, taken_us);
