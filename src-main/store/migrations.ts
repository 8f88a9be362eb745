/** The store's schema as numbered steps; a step that has been released is never edited. */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    config TEXT NOT NULL,
    created_at TEXT NOT NULL,
    -- Bytes of the journal that are in this store.
    journal_bytes INTEGER NOT NULL DEFAULT 0,
    last_seq INTEGER NOT NULL DEFAULT 0,
    -- What the journal says last: started, paused, stopping, or an outcome of run.ended; empty before its first event.
    state TEXT NOT NULL DEFAULT '',
    step INTEGER NOT NULL DEFAULT 0,
    started_at TEXT,
    ended_at TEXT,
    updated_at TEXT NOT NULL,
    reason TEXT,
    remedy TEXT,
    -- The profile that weighs now, where it was changed.
    reward TEXT
  ) STRICT;

  CREATE TABLE events (
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (run_id, seq)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE metric_keys (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;

  CREATE TABLE metrics (
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    key_id INTEGER NOT NULL REFERENCES metric_keys (id),
    step INTEGER NOT NULL,
    value REAL NOT NULL,
    PRIMARY KEY (run_id, key_id, step)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE rollouts (
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    step INTEGER NOT NULL,
    idx INTEGER NOT NULL,
    group_number INTEGER NOT NULL,
    task_id TEXT NOT NULL,
    family TEXT NOT NULL,
    reward REAL,
    advantage REAL NOT NULL,
    completion_tokens INTEGER NOT NULL,
    is_truncated INTEGER NOT NULL,
    -- Component -> {value, outcome}
    scores TEXT NOT NULL,
    -- Where the whole record stands: file in the run directory, first byte, length.
    file TEXT NOT NULL,
    offset INTEGER NOT NULL,
    length INTEGER NOT NULL,
    PRIMARY KEY (run_id, step, idx)
  ) STRICT, WITHOUT ROWID;
  `,
  // Metrics lie packed from here on; journals are taken in again, so that those of older runs do too.
  `
  CREATE TABLE metric_chunks (
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    key_id INTEGER NOT NULL REFERENCES metric_keys (id),
    chunk INTEGER NOT NULL,
    -- Points in order of the step: 32-bit integers, and 64-bit floats, both little-endian.
    steps BLOB NOT NULL,
    "values" BLOB NOT NULL,
    -- What stands for the chunk where a curve is drawn from afar.
    last_step INTEGER NOT NULL,
    total REAL NOT NULL,
    least REAL NOT NULL,
    greatest REAL NOT NULL,
    UNIQUE (run_id, key_id, chunk)
  ) STRICT;

  -- Events that are more than a point of a curve, found without reading the others.
  ALTER TABLE events ADD COLUMN is_landmark INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX landmarks ON events (run_id, seq) WHERE is_landmark;

  -- Numbers of the run's row in a list, as JSON; null: to be made from its metrics.
  ALTER TABLE runs ADD COLUMN figures TEXT;

  DELETE FROM metrics;
  DELETE FROM rollouts;
  DELETE FROM events;
  UPDATE runs SET journal_bytes = 0, last_seq = 0, state = '', step = 0, started_at = NULL, ended_at = NULL, reason = NULL, remedy = NULL, reward = NULL;
  `,
]
