-- The journal's first schema. Files here are numbered and only ever added to; `user_version` tells how many have
-- been applied. Moments are microseconds since 1970-01-01 UTC; roles, arguments and reports are JSON.

CREATE TABLE runs (
    id          TEXT PRIMARY KEY,
    workspace   TEXT NOT NULL,
    operation   TEXT NOT NULL,
    arguments   TEXT NOT NULL,
    app         TEXT NOT NULL,
    map_sha256  TEXT NOT NULL,
    os_user     TEXT NOT NULL,
    pid         INTEGER NOT NULL,
    pid_start   INTEGER NOT NULL,
    started_us  INTEGER NOT NULL,
    ended_us    INTEGER,
    exit_code   INTEGER,
    report      TEXT
) STRICT;

CREATE INDEX runs_by_workspace ON runs (workspace, started_us);

-- Every browser a run started, so that a later run can prove it dead.
CREATE TABLE browsers (
    run          TEXT NOT NULL REFERENCES runs (id),
    pid          INTEGER NOT NULL,
    pid_start    INTEGER NOT NULL,
    driver_pid   INTEGER NOT NULL,
    driver_start INTEGER NOT NULL,
    noted_us     INTEGER NOT NULL
) STRICT;

CREATE INDEX browsers_by_run ON browsers (run);

CREATE TABLE changes (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    run            TEXT NOT NULL REFERENCES runs (id),
    seq            INTEGER NOT NULL,
    operation      TEXT NOT NULL,
    email          TEXT NOT NULL,
    roles_from     TEXT,
    role_to        TEXT,
    is_removal     INTEGER NOT NULL,
    is_new_seat    INTEGER NOT NULL,
    is_privileged  INTEGER NOT NULL,
    state          TEXT NOT NULL CHECK (state IN ('intended', 'committing', 'settled')),
    outcome        TEXT,
    reason         TEXT,
    detail         TEXT,
    settled_by     TEXT,
    intended_us    INTEGER NOT NULL,
    committing_us  INTEGER,
    seen_gone_us   INTEGER,
    settled_us     INTEGER,
    browser_pid    INTEGER,
    browser_start  INTEGER,
    UNIQUE (run, seq),
    CHECK (state <> 'committing' OR committing_us IS NOT NULL),
    CHECK ((state = 'settled') = (settled_us IS NOT NULL)),
    CHECK (state <> 'settled' OR outcome IS NOT NULL)
) STRICT;

CREATE INDEX changes_not_settled ON changes (run) WHERE state <> 'settled';
CREATE INDEX changes_committed ON changes (committing_us);

-- What is settled stays as it is, and nothing goes back to a state it has left.
CREATE TRIGGER changes_settled_stay BEFORE UPDATE ON changes WHEN OLD.state = 'settled'
BEGIN SELECT RAISE(ABORT, 'a settled change is not altered'); END;
CREATE TRIGGER changes_no_way_back BEFORE UPDATE ON changes WHEN OLD.state = 'committing' AND NEW.state = 'intended'
BEGIN SELECT RAISE(ABORT, 'a change does not go back to intended'); END;
CREATE TRIGGER changes_stay BEFORE DELETE ON changes
BEGIN SELECT RAISE(ABORT, 'changes are not deleted'); END;

-- Everything that happened, each event bound to the one before it by its hash.
CREATE TABLE events (
    seq        INTEGER PRIMARY KEY,
    at_us      INTEGER NOT NULL,
    run        TEXT NOT NULL REFERENCES runs (id),
    change     INTEGER REFERENCES changes (id),
    kind       TEXT NOT NULL,
    data       TEXT NOT NULL,
    prev_hash  TEXT NOT NULL,
    hash       TEXT NOT NULL UNIQUE
) STRICT;

CREATE INDEX events_by_run ON events (run);

CREATE TRIGGER events_are_not_altered BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events are not altered'); END;
CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events are not deleted'); END;
