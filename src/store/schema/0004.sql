-- What cameras, drones and other people's platforms saw, and what cameras saw that were asked to look.

-- one with a place is a detection of the same id as well; adcode: the county of the place, else of where it was seen from
CREATE TABLE sightings (
    id TEXT PRIMARY KEY,
    time_us BIGINT NOT NULL,
    camera TEXT,
    adcode TEXT,
    lon DOUBLE PRECISION,
    lat DOUBLE PRECISION,
    record TEXT NOT NULL
);
CREATE INDEX sightings_shown ON sightings (time_us, id, adcode, lon, lat);

-- cameras that can see the place of an event, and what they showed of it
CREATE TABLE camera_looks (
    event TEXT NOT NULL,
    camera TEXT NOT NULL,
    time_us BIGINT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (event, camera, time_us)
);

-- alarms of platforms, each once by the name that its sender gave it, with the text as it came
CREATE TABLE intake (
    source TEXT NOT NULL,
    vendor_id TEXT NOT NULL,
    received_us BIGINT NOT NULL,
    sighting TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (source, vendor_id)
);
