/** Runs in the store: their config and where they stand. */
import type Database from 'better-sqlite3'
import type { JournalEvent } from '#contract/journal'
import type { RunConfig } from '#contract/run-config'
import type { RewardProfile } from '#contract/reward-profile'
import type { JournalState, NewRun, RunFigures, StoredRun } from './records.ts'

interface Row {
  id: string
  config: string
  created_at: string
  updated_at: string
  started_at: string | null
  ended_at: string | null
  state: JournalState
  step: number
  reason: string | null
  remedy: string | null
  reward: string | null
  figures: string | null
  journal_bytes: number
  last_seq: number
}

export class RunTable {
  readonly #insert: Database.Statement
  readonly #get: Database.Statement
  readonly #list: Database.Statement
  readonly #remove: Database.Statement
  readonly #update: Database.Statement
  readonly #figures: Database.Statement
  readonly #allFigures: Database.Statement
  readonly #keepFigures: Database.Statement

  constructor(database: Database.Database) {
    this.#insert = database.prepare(
      'INSERT INTO runs (id, config, created_at, updated_at) VALUES (@id, @config, @createdAt, @createdAt) ON CONFLICT (id) DO NOTHING',
    )
    this.#get = database.prepare('SELECT * FROM runs WHERE id = ?')
    this.#list = database.prepare('SELECT * FROM runs ORDER BY created_at DESC, id DESC')
    this.#remove = database.prepare('DELETE FROM runs WHERE id = ?')
    this.#update = database.prepare(`
      UPDATE runs SET state = @state, step = @step, started_at = @started_at, ended_at = @ended_at, updated_at = @updated_at,
        reason = @reason, remedy = @remedy, reward = @reward, figures = @figures, journal_bytes = @journal_bytes, last_seq = @last_seq
      WHERE id = @id`)
    this.#figures = database.prepare('SELECT figures FROM runs WHERE id = ?').pluck()
    this.#allFigures = database.prepare('SELECT id, figures FROM runs').raw()
    this.#keepFigures = database.prepare('UPDATE runs SET figures = ? WHERE id = ?')
  }

  /** null: they are to be made. */
  figures(id: string): RunFigures | null {
    return figuresIn((this.#figures.get(id) as string | null | undefined) ?? null)
  }

  allFigures(): [id: string, figures: RunFigures | null][] {
    return (this.#allFigures.all() as [string, string | null][]).map(([id, text]) => [id, figuresIn(text)])
  }

  keepFigures(id: string, figures: RunFigures): void {
    this.#keepFigures.run(JSON.stringify(figures), id)
  }

  add({ id, config, createdAt }: NewRun): void {
    this.#insert.run({ id, config: JSON.stringify(config), createdAt })
  }

  get(id: string): StoredRun | null {
    const row = this.#get.get(id) as Row | undefined
    return row === undefined ? null : storedRun(row)
  }

  list(): StoredRun[] {
    return (this.#list.all() as Row[]).map(storedRun)
  }

  remove(id: string): void {
    this.#remove.run(id)
  }

  /** Takes over what these events, new to the store, say about the run. */
  advance(id: string, events: readonly JournalEvent[], endByte: number): void {
    const row = this.#get.get(id) as Row
    for (const event of events) {
      follow(row, event)
      row.last_seq = event.seq
      row.updated_at = event.time
    }
    if (events.length > 0) row.figures = null
    row.journal_bytes = Math.max(row.journal_bytes, endByte)
    this.#update.run(row)
  }
}

function figuresIn(text: string | null): RunFigures | null {
  return text === null ? null : (JSON.parse(text) as RunFigures)
}

function follow(row: Row, event: JournalEvent): void {
  switch (event.type) {
    case 'run.started':
    case 'run.resumed':
      row.state = 'started'
      row.started_at ??= event.time
      row.ended_at = row.reason = row.remedy = null
      break
    case 'step.finished':
      row.step = event.step
      break
    case 'rewound':
      row.step = Math.min(row.step, event.toStep)
      break
    case 'run.paused':
      row.state = 'paused'
      break
    case 'run.continued':
      row.state = 'started'
      break
    case 'control.applied':
      if (event.command === 'stop') row.state = 'stopping'
      break
    case 'reward.changed':
      row.reward = JSON.stringify(event.profile)
      break
    case 'run.ended':
      row.state = event.outcome
      row.ended_at = event.time
      row.reason = event.reason ?? null
      row.remedy = event.remedy ?? null
      break
    default:
      break
  }
}

function storedRun(row: Row): StoredRun {
  const config = JSON.parse(row.config) as RunConfig
  return {
    id: row.id,
    config,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    state: row.state,
    step: row.step,
    reason: row.reason,
    remedy: row.remedy,
    reward: row.reward === null ? config.reward : (JSON.parse(row.reward) as RewardProfile),
    journalBytes: row.journal_bytes,
    lastSeq: row.last_seq,
  }
}
