-- Reports of days, weeks and months: what each said when it was made stays as it was.

-- figures: JSON as it was frozen, of which sha256 is the hash; area: the city's code or a county's; rule: name of the counting rules;
-- corrects: the report of the same time that this one sets right. No row is ever changed
CREATE TABLE reports (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    area TEXT NOT NULL,
    from_us BIGINT NOT NULL,
    until_us BIGINT NOT NULL,
    cut_off_us BIGINT NOT NULL,
    rule TEXT NOT NULL,
    revision BIGINT NOT NULL,
    corrects TEXT,
    made_us BIGINT NOT NULL,
    made_by TEXT NOT NULL,
    title TEXT NOT NULL,
    figures TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    UNIQUE (kind, area, from_us, revision)
);
CREATE INDEX reports_shown ON reports (from_us, kind, area);
