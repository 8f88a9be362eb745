/** Metrics as rows (run, key, step) -> value. */
import type Database from 'better-sqlite3'
import type { HistoryColumn, MetricColumn } from '#contract/api'
import type { RunFigures } from './records.ts'
import { gathered } from './gathered.ts'
import { thinned } from './thinned.ts'

/** Steps whose median is the time of a step. */
const RECENT_STEPS = 20
const SPARKLINE_POINTS = 120
const PASS_AT_1 = 'eval/pass@1'

export class MetricTable {
  readonly #insert: Database.Statement
  readonly #insertKey: Database.Statement
  readonly #keyId: Database.Statement
  readonly #keysOfRun: Database.Statement
  readonly #column: Database.Statement
  readonly #recent: Database.Statement
  readonly #lastStep: Database.Statement
  readonly #atStep: Database.Statement
  readonly #rewind: Database.Statement
  readonly #keyIds = new Map<string, number>()

  constructor(database: Database.Database) {
    this.#insert = database.prepare('INSERT OR REPLACE INTO metrics (run_id, key_id, step, value) VALUES (?, ?, ?, ?)')
    this.#insertKey = database.prepare('INSERT INTO metric_keys (name) VALUES (?) ON CONFLICT (name) DO NOTHING')
    this.#keyId = database.prepare('SELECT id FROM metric_keys WHERE name = ?').pluck()
    this.#keysOfRun = database
      .prepare(
        'SELECT name FROM metric_keys WHERE EXISTS (SELECT 1 FROM metrics WHERE run_id = ? AND key_id = metric_keys.id) ORDER BY name',
      )
      .pluck()
    this.#column = database
      .prepare(
        'SELECT step, value FROM metrics WHERE run_id = ? AND key_id = (SELECT id FROM metric_keys WHERE name = ?) ORDER BY step',
      )
      .raw()
    this.#recent = database
      .prepare(
        'SELECT value FROM metrics WHERE run_id = ? AND key_id = (SELECT id FROM metric_keys WHERE name = ?) ORDER BY step DESC LIMIT ?',
      )
      .pluck()
    this.#lastStep = database
      .prepare(
        'SELECT step FROM metrics WHERE run_id = ? AND key_id = (SELECT id FROM metric_keys WHERE name = ?) ORDER BY step DESC LIMIT 1',
      )
      .pluck()
    this.#atStep = database
      .prepare(
        'SELECT name, value FROM metric_keys JOIN metrics ON key_id = metric_keys.id WHERE run_id = ? AND step = ? ORDER BY name',
      )
      .raw()
    this.#rewind = database.prepare('DELETE FROM metrics WHERE run_id = ? AND step > ?')
  }

  add(runId: string, step: number, metrics: Readonly<Record<string, number>>): void {
    for (const [key, value] of Object.entries(metrics)) this.#insert.run(runId, this.#idOf(key), step, value)
  }

  /** Forgets what was measured after a step. */
  rewind(runId: string, toStep: number): void {
    this.#rewind.run(runId, toStep)
  }

  /** Columns of the named keys, or of all; each of about maxPoints points. */
  columns(runId: string, keys: readonly string[], maxPoints: number): MetricColumn[] {
    const names = keys.length > 0 ? keys : (this.#keysOfRun.all(runId) as string[])
    return names.map((key) => {
      const rows = thinned(this.#column.all(runId, key) as [number, number][], maxPoints)
      return { key, steps: rows.map(([step]) => step), values: rows.map(([, value]) => value) }
    })
  }

  /** Columns of the named keys in points of `stepsPerPoint` steps each; a key without a value gives an empty column. */
  history(runId: string, keys: readonly string[], stepsPerPoint: number): HistoryColumn[] {
    return keys.map((key) => ({ key, ...gathered(this.#column.all(runId, key) as [number, number][], stepsPerPoint) }))
  }

  figures(runId: string, step: number): RunFigures {
    const recent = (this.#recent.all(runId, 'timing_s/step', RECENT_STEPS) as number[]).sort((a, b) => a - b)
    return {
      secondsPerStep: recent.length === 0 ? null : recent[Math.floor(recent.length / 2)]!,
      functionalRate: this.columns(runId, ['train/functional_rate'], SPARKLINE_POINTS)[0]!.values,
      latest: Object.fromEntries(this.#atStep.all(runId, step) as [string, number][]),
      evaluated: this.#evaluated(runId),
    }
  }

  #evaluated(runId: string): RunFigures['evaluated'] {
    const step = this.#lastStep.get(runId, PASS_AT_1) as number | undefined
    if (step === undefined) return null
    const metrics = Object.fromEntries(this.#atStep.all(runId, step) as [string, number][])
    const passAt1 = metrics[PASS_AT_1]!
    return { step, passAt1, low: metrics[`${PASS_AT_1}_low`] ?? passAt1, high: metrics[`${PASS_AT_1}_high`] ?? passAt1 }
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
