/** Journal events as they were written. */
import type Database from 'better-sqlite3'
import type { JournalEvent } from '#contract/journal'

export class EventTable {
  readonly #insert: Database.Statement
  readonly #after: Database.Statement
  readonly #landmarks: Database.Statement
  readonly #rewinds: Database.Statement

  constructor(database: Database.Database) {
    this.#insert = database.prepare('INSERT INTO events (run_id, seq, body, is_landmark) VALUES (?, ?, ?, ?)')
    this.#after = database.prepare('SELECT body FROM events WHERE run_id = ? AND seq > ? ORDER BY seq LIMIT ?').pluck()
    this.#landmarks = database.prepare('SELECT body FROM events WHERE run_id = ? AND is_landmark ORDER BY seq').pluck()
    this.#rewinds = database.prepare(
      `SELECT seq, json_extract(body, '$.toStep') AS toStep FROM events
       WHERE run_id = ? AND is_landmark AND json_extract(body, '$.type') = 'rewound' ORDER BY seq`,
    )
  }

  add(runId: string, event: JournalEvent): void {
    this.#insert.run(runId, event.seq, JSON.stringify(event), event.type === 'step.finished' ? 0 : 1)
  }

  /** At most `limit` of them; Infinity = all. */
  after(runId: string, seq: number, limit: number): JournalEvent[] {
    return (this.#after.all(runId, seq, Number.isFinite(limit) ? limit : -1) as string[]).map(
      (body) => JSON.parse(body) as JournalEvent,
    )
  }

  /** Where the run went back: by which event, and to which step. */
  rewinds(runId: string): { seq: number; toStep: number }[] {
    return this.#rewinds.all(runId) as { seq: number; toStep: number }[]
  }

  /** All events that are more than a point of a curve. */
  landmarks(runId: string): JournalEvent[] {
    return (this.#landmarks.all(runId) as string[]).map((body) => JSON.parse(body) as JournalEvent)
  }
}
