-- The ledger of a desk: who is on duty, what shifts hand over, telephone calls, nil reports.

-- who sits at a desk (the city's code or a county's) from when to when; account: the one that signs, where the person has one
CREATE TABLE shifts (
    id TEXT PRIMARY KEY,
    desk TEXT NOT NULL,
    from_us BIGINT NOT NULL,
    to_us BIGINT NOT NULL,
    person TEXT NOT NULL,
    phone TEXT NOT NULL,
    duty TEXT NOT NULL,
    account TEXT,
    made_us BIGINT NOT NULL,
    made_by TEXT NOT NULL
);
CREATE INDEX shifts_of ON shifts (desk, from_us);

-- content: JSON as it was when the first signed, of which sha256 is the hash; state: offered, signed, refused.
-- given, taken: what each side said, JSON; nothing of a row changes but from offered to one of the others
CREATE TABLE handovers (
    id TEXT PRIMARY KEY,
    desk TEXT NOT NULL,
    from_us BIGINT NOT NULL,
    content TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    state TEXT NOT NULL,
    given_by TEXT NOT NULL,
    given_us BIGINT NOT NULL,
    given TEXT NOT NULL,
    taken_by TEXT,
    taken_us BIGINT,
    taken TEXT
);
CREATE INDEX handovers_of ON handovers (desk, given_us);

CREATE TABLE handover_remarks (
    id TEXT PRIMARY KEY,
    handover TEXT NOT NULL,
    at_us BIGINT NOT NULL,
    who TEXT NOT NULL,
    said TEXT NOT NULL
);
CREATE INDEX handover_remarks_of ON handover_remarks (handover, at_us);

-- calls of a desk; one that was wrong is struck out and stays. sighting: what was seen, where somebody told of a fire
CREATE TABLE phone_log (
    id TEXT PRIMARY KEY,
    desk TEXT NOT NULL,
    at_us BIGINT NOT NULL,
    direction TEXT NOT NULL,
    person TEXT NOT NULL,
    number TEXT NOT NULL,
    unit TEXT NOT NULL,
    event TEXT,
    sighting TEXT,
    said TEXT NOT NULL,
    follow_us BIGINT,
    followed_us BIGINT,
    followed_by TEXT,
    followed TEXT,
    struck_us BIGINT,
    struck_by TEXT,
    struck TEXT,
    made_us BIGINT NOT NULL,
    made_by TEXT NOT NULL
);
CREATE INDEX phone_log_shown ON phone_log (at_us, id);
CREATE INDEX phone_log_event ON phone_log (event);

-- a report of a county at its hour: what the system proposed, and what was confirmed, JSON of which sha256 is the hash
CREATE TABLE nil_reports (
    adcode TEXT NOT NULL,
    due_us BIGINT NOT NULL,
    from_us BIGINT NOT NULL,
    proposed_us BIGINT NOT NULL,
    proposed TEXT NOT NULL,
    confirmed_us BIGINT,
    confirmed_by TEXT,
    confirmed TEXT,
    sha256 TEXT,
    remark TEXT,
    PRIMARY KEY (adcode, due_us)
);
CREATE INDEX nil_reports_due ON nil_reports (due_us, adcode);
