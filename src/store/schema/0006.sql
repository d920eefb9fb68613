-- Until when each step of a case is waited for, what was said of it when it was late, and when it was done.

-- when an event was known first: what was there before is of its last change
ALTER TABLE events ADD COLUMN made_us BIGINT NOT NULL DEFAULT 0;
UPDATE events SET made_us = changed_us;
CREATE INDEX events_status ON events (status, state, last_us);

-- one row each time that a step is waited for, at most one of an event without an end; over: the step that ended it, or 'over' where the
-- event was no more; done_us: when it was done, as the phone says it where it was without a signal; units: how many units were told that it is late
CREATE TABLE deadlines (
    event TEXT NOT NULL,
    step TEXT NOT NULL,
    since_us BIGINT NOT NULL,
    due_us BIGINT NOT NULL,
    remind_us BIGINT,
    reminded_us BIGINT,
    supervised_us BIGINT,
    units BIGINT NOT NULL,
    post TEXT,
    done_us BIGINT,
    over TEXT,
    PRIMARY KEY (event, since_us, step)
);
CREATE INDEX deadlines_running ON deadlines (done_us, due_us);
INSERT INTO deadlines (event, step, since_us, due_us, units, post)
    SELECT c.event, CASE JSON(c.record, status) WHEN 'dispatched' THEN 'acknowledge' WHEN 'acknowledged' THEN 'arrive'
        WHEN 'on_site' THEN 'report' WHEN 'reported' THEN 'review' WHEN 'reviewed' THEN 'close' ELSE 'dispatch' END,
        c.changed_us, c.due_us, 0, c.post
    FROM cases c WHERE c.due_us IS NOT NULL
