/** Metrics (run, key, step) -> value: the newest as rows, older ones in chunks. */
import type Database from 'better-sqlite3'
import type { HistoryColumn, MetricColumn } from '#contract/api'
import type { JournalEvent } from '#contract/journal'
import { CHUNK_STEPS, ChunkTable, chunkOf } from './metric-chunks.ts'
import { between, gathered, gatheredStretches, joined, pointsOf, thinned, type Points, type Stretch } from './points.ts'
import type { RunFigures } from './records.ts'

/** Steps whose median is the time of a step. */
const RECENT_STEPS = 20
const SPARKLINE_POINTS = 120
const PASS_AT_1 = 'eval/pass@1'

/** Key -> step -> value. */
type Fresh = Map<number, Map<number, number>>

export class MetricTable {
  readonly #chunks: ChunkTable
  readonly #insert: Database.Statement
  readonly #insertKey: Database.Statement
  readonly #keyId: Database.Statement
  readonly #keysOfRun: Database.Statement
  readonly #rows: Database.Statement
  readonly #atStep: Database.Statement
  readonly #rowsBefore: Database.Statement
  readonly #removeBefore: Database.Statement
  readonly #removeAfter: Database.Statement
  readonly #keyIds = new Map<string, number>()

  constructor(database: Database.Database) {
    this.#chunks = new ChunkTable(database)
    this.#insert = database.prepare('INSERT OR REPLACE INTO metrics (run_id, key_id, step, value) VALUES (?, ?, ?, ?)')
    this.#insertKey = database.prepare('INSERT INTO metric_keys (name) VALUES (?) ON CONFLICT (name) DO NOTHING')
    this.#keyId = database.prepare('SELECT id FROM metric_keys WHERE name = ?').pluck()
    const has = (table: string): string => `EXISTS (SELECT 1 FROM ${table} WHERE run_id = @run AND key_id = metric_keys.id)`
    this.#keysOfRun = database
      .prepare(`SELECT name FROM metric_keys WHERE ${has('metrics')} OR ${has('metric_chunks')} ORDER BY name`)
      .pluck()
    this.#rows = database.prepare('SELECT step, value FROM metrics WHERE run_id = ? AND key_id = ? ORDER BY step').raw()
    this.#atStep = database
      .prepare(
        'SELECT name, value FROM metric_keys JOIN metrics ON key_id = metric_keys.id WHERE run_id = ? AND step = ? ORDER BY name',
      )
      .raw()
    this.#rowsBefore = database.prepare('SELECT key_id, step, value FROM metrics WHERE run_id = ? AND step < ?').raw()
    this.#removeBefore = database.prepare('DELETE FROM metrics WHERE run_id = ? AND step < ?')
    this.#removeAfter = database.prepare('DELETE FROM metrics WHERE run_id = ? AND step > ?')
  }

  /** Takes in what events of a run, which stood at a step, measured; what was measured after a step that it went back to is forgotten. */
  take(runId: string, events: readonly JournalEvent[], step: number): void {
    const fresh: Fresh = new Map()
    let [before, reached] = [step, step]
    for (const event of events) {
      if (event.type === 'rewound') {
        this.#rewind(runId, fresh, event.toStep)
        before = Math.min(before, event.toStep)
        reached = event.toStep
      }
      if (event.type === 'step.finished') reached = event.step
      if ('metrics' in event) this.#note(fresh, event.step, event.metrics)
    }
    this.#write(runId, fresh, chunkOf(before), chunkOf(reached))
  }

  #note(fresh: Fresh, step: number, metrics: Readonly<Record<string, number>>): void {
    for (const [key, value] of Object.entries(metrics)) {
      const id = this.#idOf(key)
      const points = fresh.get(id) ?? new Map<number, number>()
      fresh.set(id, points.set(step, value))
    }
  }

  #rewind(runId: string, fresh: Fresh, toStep: number): void {
    for (const points of fresh.values()) for (const step of points.keys()) if (step > toStep) points.delete(step)
    this.#removeAfter.run(runId, toStep)
    for (const [keyId, step, value] of this.#chunks.openFrom(runId, toStep)) this.#insert.run(runId, keyId, step, value)
  }

  /** Chunks before the one that the run has reached are closed, those before `from` were so already. */
  #write(runId: string, fresh: Fresh, from: number, reached: number): void {
    const end = reached * CHUNK_STEPS
    if (reached > from) {
      for (const [keyId, step, value] of this.#rowsBefore.all(runId, end) as [number, number, number][]) {
        const points = fresh.get(keyId) ?? new Map<number, number>()
        if (!points.has(step)) points.set(step, value)
        fresh.set(keyId, points)
      }
      this.#removeBefore.run(runId, end)
    }
    for (const [keyId, points] of fresh) {
      // What comes late for a closed chunk waits among the rows until the next one is closed.
      const isClosed = (at: number): boolean => reached > from && at < end
      for (const [at, value] of points) if (!isClosed(at)) this.#insert.run(runId, keyId, at, value)
      this.#chunks.add(runId, keyId, new Map([...points].filter(([at]) => isClosed(at))))
    }
  }

  /** Columns of the named keys, or of all; each of about maxPoints points. */
  columns(runId: string, keys: readonly string[], maxPoints: number): MetricColumn[] {
    const names = keys.length > 0 ? keys : (this.#keysOfRun.all({ run: runId }) as string[])
    return names.map((key) => {
      const { steps, values } = thinned(this.#points(runId, key), maxPoints)
      return { key, steps: Array.from(steps), values: Array.from(values) }
    })
  }

  /** Columns of the named keys in points of `stepsPerPoint` steps each (see `stepsPerPointOf`); a key without a value gives an empty column. */
  history(runId: string, keys: readonly string[], stepsPerPoint: number): HistoryColumn[] {
    if (stepsPerPoint < CHUNK_STEPS) return keys.map((key) => ({ key, ...gathered(this.#points(runId, key), stepsPerPoint) }))
    return keys.map((key) => ({ key, ...gatheredStretches(this.#stretches(runId, key), stepsPerPoint) }))
  }

  /** The same of the steps `first` to `last` alone. */
  stretch(runId: string, keys: readonly string[], first: number, last: number, stepsPerPoint: number): HistoryColumn[] {
    return keys.map((key) => ({ key, ...gathered(between(this.#points(runId, key), first, last), stepsPerPoint) }))
  }

  figures(runId: string, step: number): RunFigures {
    const recent = this.#points(runId, 'timing_s/step').values.slice(-RECENT_STEPS).sort()
    return {
      secondsPerStep: recent.length === 0 ? null : recent[Math.floor(recent.length / 2)]!,
      functionalRate: this.columns(runId, ['train/functional_rate'], SPARKLINE_POINTS)[0]!.values,
      // The chunk of the newest step is never closed.
      latest: Object.fromEntries(this.#atStep.all(runId, step) as [string, number][]),
      evaluated: this.#evaluated(runId),
    }
  }

  #evaluated(runId: string): RunFigures['evaluated'] {
    const { steps, values } = this.#points(runId, PASS_AT_1)
    const [step, passAt1] = [steps.at(-1), values.at(-1)]
    if (step === undefined || passAt1 === undefined) return null
    const end = (name: string): number => {
      const column = this.#points(runId, `${PASS_AT_1}_${name}`)
      return column.values[column.steps.lastIndexOf(step)] ?? passAt1
    }
    return { step, passAt1, low: end('low'), high: end('high') }
  }

  #points(runId: string, key: string): Points {
    const id = this.#keyId.get(key) as number | undefined
    if (id === undefined) return pointsOf([])
    return joined(this.#chunks.points(runId, id), pointsOf(this.#rows.all(runId, id) as [number, number][]))
  }

  /** Of each chunk, and of each row one of its own. */
  #stretches(runId: string, key: string): Stretch[] {
    const id = this.#keyId.get(key) as number | undefined
    if (id === undefined) return []
    const rows = this.#rows.all(runId, id) as [number, number][]
    const single = rows.map(([step, value]) => ({ step, total: value, count: 1, least: value, greatest: value }))
    return [...this.#chunks.stretches(runId, id), ...single].sort((a, b) => a.step - b.step)
  }

  #idOf(key: string): number {
    const known = this.#keyIds.get(key)
    if (known !== undefined) return known
    this.#insertKey.run(key)
    const id = this.#keyId.get(key) as number
    this.#keyIds.set(key, id)
    return id
  }
}

/** A curve of `steps` steps in at most so many points: from a chunk upwards only whole chunks make a point. */
export function stepsPerPointOf(steps: number, maxPoints: number): number {
  const least = Math.max(1, Math.ceil(steps / maxPoints))
  return least < CHUNK_STEPS ? least : Math.ceil(least / CHUNK_STEPS) * CHUNK_STEPS
}
