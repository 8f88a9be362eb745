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
]
